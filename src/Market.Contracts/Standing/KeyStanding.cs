namespace Market.Contracts;

/// <summary>How far a key is trusted with what a market has little of, from least to most.</summary>
public enum StandingTier
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

/// <summary>Where credits or a tier come from.</summary>
public enum StandingProof
{
    /// <summary>A ticket of recycled work.</summary>
    RecycledWork = 1,

    /// <summary>A ticket of memory-hard work.</summary>
    MemoryWork = 2,

    /// <summary>Confirmed sharebases that were paid to the key.</summary>
    MinedShares = 3,

    /// <summary>Coins of the key under a locktime.</summary>
    FidelityBond = 4,

    /// <summary>Coins that the key burned.</summary>
    BurnedCoins = 5,

    /// <summary>A registered late block.</summary>
    LateWork = 6,

    /// <summary>Another key's signed transfer.</summary>
    Transfer = 7,
}

/// <summary>What a tier gives to a key.</summary>
public sealed record TierGift
{
    /// <summary>The tier.</summary>
    public required StandingTier Tier { get; init; }

    /// <summary>Open orders, in all instruments together.</summary>
    public required int OpenOrders { get; init; }

    /// <summary>The most that one order may be worth.</summary>
    public required Sats LargestOrder { get; init; }

    /// <summary>Orders that trade at once which it may send without a pause.</summary>
    public required int TakesAtOnce { get; init; }

    /// <summary>Seconds after which it may send one more.</summary>
    public required int SecondsPerTake { get; init; }

    /// <summary>Streams, signed-in hub connections among them, that it may hold.</summary>
    public required int Streams { get; init; }

    /// <summary>Weight of calls in ten seconds up to which a call's price does not rise.</summary>
    public required int Quota { get; init; }

    /// <summary>In a queue it stands as if it had come so many seconds earlier.</summary>
    public required int HeadStartSeconds { get; init; }
}

/// <summary>Something that raises a key's tier now.</summary>
public sealed record StandingHeld
{
    /// <summary>What it is.</summary>
    public required StandingProof Source { get; init; }

    /// <summary>Its name: of coins their outpoint, of a late block its id.</summary>
    public required string ProofId { get; init; }

    /// <summary>Of coins: V = (c (e^(rT) - 1))^1.3 with c in satoshi. Else 0.</summary>
    public required long Value { get; init; }

    /// <summary>From when on it counts no more.</summary>
    public required DateTimeOffset Until { get; init; }
}

/// <summary>A swap that counts for a key's tier. The swap's proof shows on which ground.</summary>
public sealed record StandingSwap
{
    /// <summary>The swap's id.</summary>
    public required string Id { get; init; }

    /// <summary>What the key was in it.</summary>
    public required SwapRole Role { get; init; }

    /// <summary>True where it settled; false where the key let it fail.</summary>
    public required bool Settled { get; init; }

    /// <summary>When it was matched.</summary>
    public required DateTimeOffset MatchedAt { get; init; }

    /// <summary>When it settled, or when its failure was noted.</summary>
    public required DateTimeOffset EndedAt { get; init; }
}

/// <summary>A key's tier with all that it follows from: public, and recomputable by anybody.</summary>
public sealed record KeyStanding
{
    /// <summary>Hex of the x-only key.</summary>
    public required string Key { get; init; }

    /// <summary>The market's clock when this was computed: what counts is of the 30 days before it.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The tier.</summary>
    public required StandingTier Tier { get; init; }

    /// <summary>What it would be without faults.</summary>
    public required StandingTier EarnedTier { get; init; }

    /// <summary>Points: 200 for each day with a settled swap, and one for every 250 of V.</summary>
    public required long Points { get; init; }

    /// <summary>Sum of V of what is at stake.</summary>
    public required long BondValue { get; init; }

    /// <summary>When the term of its late block ends; absent where it has none.</summary>
    public DateTimeOffset? AuthorityUntil { get; init; }

    /// <summary>Days of the last 30 on which a swap of it settled.</summary>
    public required int SettledDays { get; init; }

    /// <summary>Swaps that it let fail in that time; those matched before the one before was noted count as one with it.</summary>
    public required int Faults { get; init; }

    /// <summary>Until when it takes nothing, after it let a swap fail; absent where it need not wait.</summary>
    public DateTimeOffset? WaitsUntil { get; init; }

    /// <summary>What the next tier needs; absent where there is none above.</summary>
    public string? NextTierNeeds { get; init; }

    /// <summary>What the tier gives.</summary>
    public required TierGift Gives { get; init; }

    /// <summary>What raises it now.</summary>
    public required IReadOnlyList<StandingHeld> Held { get; init; }

    /// <summary>The newest swaps that count, at most 500 that settled and 500 that failed, and one that settled of each day before
    /// those that counts; oldest first.</summary>
    public required IReadOnlyList<StandingSwap> Swaps { get; init; }
}

/// <summary>Kinds of work, each of which has places of its own.</summary>
public enum WorkKind
{
    /// <summary>Keys of a swap, and what ends one.</summary>
    Swaps,

    /// <summary>Cancels.</summary>
    Cancels,

    /// <summary>New orders.</summary>
    Orders,

    /// <summary>Reads.</summary>
    Reads,
}

/// <summary>How loaded a kind of work is.</summary>
public sealed record WorkLoad
{
    /// <summary>The kind.</summary>
    public required WorkKind Kind { get; init; }

    /// <summary>Calls that are worked on at once.</summary>
    public required int Places { get; init; }

    /// <summary>Calls that are worked on now.</summary>
    public required int InUse { get; init; }

    /// <summary>Calls that wait.</summary>
    public required int Waiting { get; init; }

    /// <summary>The load over the last seconds, in thousandths of the places; what waits counts too.</summary>
    public required long Load { get; init; }

    /// <summary>What the load multiplies prices by; 0 while all is free.</summary>
    public required int Factor { get; init; }
}

/// <summary>What a call would cost.</summary>
public sealed record CallCost
{
    /// <summary>The operation.</summary>
    public required string Operation { get; init; }

    /// <summary>Whose places it takes; absent where it waits for nothing.</summary>
    public WorkKind? Kind { get; init; }

    /// <summary>What it weighs.</summary>
    public required int Weight { get; init; }

    /// <summary>Credits that it costs now where others wait; where nobody does it is free.</summary>
    public required long Price { get; init; }
}

/// <summary>What the asking key has.</summary>
public sealed record OwnStanding
{
    /// <summary>What anybody may know.</summary>
    public required KeyStanding Public { get; init; }

    /// <summary>Credits that it has stored.</summary>
    public required long Credits { get; init; }

    /// <summary>Of those the ones that are not promised to calls of it that wait.</summary>
    public required long FreeCredits { get; init; }

    /// <summary>The most that it can store.</summary>
    public required long MostCredits { get; init; }

    /// <summary>Weight of its calls in the last ten seconds.</summary>
    public required long Rate { get; init; }

    /// <summary>How loaded each kind of work is.</summary>
    public required IReadOnlyList<WorkLoad> Load { get; init; }

    /// <summary>What the operation that was asked about would cost; absent where none was.</summary>
    public CallCost? Cost { get; init; }
}

/// <summary>Gives credits to another key. The request is signed by who gives.</summary>
public sealed record TransferCredits
{
    /// <summary>Hex of the x-only key that gets them.</summary>
    public required string To { get; init; }

    /// <summary>How many.</summary>
    public required long Amount { get; init; }

    /// <summary>The giver's own name for it: 1 to 32 of A-Z a-z 0-9 _ -. Of one giver each is carried out once; the same again is
    /// answered with what was done the first time.</summary>
    public required string Id { get; init; }
}

/// <summary>Credits that were given.</summary>
public sealed record CreditTransfer
{
    /// <summary>Who gave them.</summary>
    public required string From { get; init; }

    /// <summary>Who got them.</summary>
    public required string To { get; init; }

    /// <summary>How many left the giver. What the receiver's store has no room for is lost.</summary>
    public required long Amount { get; init; }

    /// <summary>The giver's name for it.</summary>
    public required string Id { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset Time { get; init; }
}
