namespace Market.Standing;

/// <summary>How far a key is trusted with what a market has little of, from least to most.
/// </summary>
public enum Tier
{
    /// <summary>It let swaps fail lately.</summary>
    Slowed,

    /// <summary>Nothing is known of it: where every key begins.</summary>
    Newcomer,

    /// <summary>It has coins at stake, or has settled swaps on several days.</summary>
    Known,

    /// <summary>It has more at stake, or has settled swaps for weeks.</summary>
    Trusted,

    /// <summary>It has registered a late block whose term runs.</summary>
    Authority,
}
