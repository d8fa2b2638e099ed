namespace Market.Bitcoin;

/// <summary>How a chain's target moves.</summary>
public enum DifficultyRule
{
    /// <summary>Never: every block has genesis' bits.</summary>
    Fixed,

    /// <summary>Every 2,016 blocks, by the time that they took.</summary>
    Retarget,

    /// <summary>
    /// As <see cref="Retarget"/>, from the first bits of the period, and a block that comes 20 minutes after its parent may have
    /// the easiest target (BIP94).
    /// </summary>
    RetargetWithEasyBlocks,
}
