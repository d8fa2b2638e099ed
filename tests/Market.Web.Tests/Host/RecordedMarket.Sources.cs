using Market.Contracts;

namespace Market.Web.Tests.Host;

/// <summary>The pool of another kind that it reads.</summary>
internal sealed partial class RecordedMarket
{
    /// <summary>How it stands with the pool's node; null where none is read.</summary>
    public SourceState? Source { get; set; } = SourceState.Live;

    /// <summary>Whether all of the pool's window was read.</summary>
    public bool SourceIsWhole { get; set; }

    Task<PoolSource?> IMarketReader.P2PoolSourceAsync(CancellationToken cancel) =>
        Read(() => Source is { } state ? PoolOf(state) : null);

    private PoolSource PoolOf(SourceState state) => new()
    {
        State = state,
        Since = Now.AddHours(-3),
        Reason = state switch
        {
            SourceState.Nonsense => "The p2poolv2 node could not be read: its answer is odd: bits is no target.",
            SourceState.Away => "The p2poolv2 node could not be read: it does not answer.",
            _ => null,
        },
        Unchecked = "Nothing here was validated.",
        ReadAt = state == SourceState.Reading ? null : Now.AddSeconds(-12),
        Version = state == SourceState.Reading ? null : SourceVersion.SinceV014,
        Chain = state == SourceState.Reading ? null : new SourceChain
        {
            Height = 412_903,
            Tip = SwapScript.Hex("pool"),
            Time = Now.AddSeconds(-19),
            TotalWork = 4.1e22,
            MainHeight = 965_700,
            MainWork = 6.2e23,
            IsOurBitcoin = false,
            Reward = new Sats(314_200_000),
            Fee = 0.005,
        },
        Window = state == SourceState.Reading ? null : new SourceWindow
        {
            Shares = 60_400,
            Uncles = 610,
            Read = 6.1e21,
            Hashes = 1.22e22,
            Coverage = SourceIsWhole ? 1 : 0.5,
            IsWhole = SourceIsWhole,
            Filled = 1,
            LifeSeconds = 1_209_600,
            Holders = 204,
            Owners = 211,
            Largest = 0.18,
            Largest20 = 0.71,
            EvenHolders = 17.4,
            Items = [.. Enumerable.Range(1, 20).Select(HolderOf)],
        },
        Value = state == SourceState.Reading ? null : new SourceValue
        {
            ShareWork = 1.0e17,
            Hashrate = 1.01e16,
            Uncertainty = 0.0913,
            FppsWorth = 50.7,
            FaceValue = 50.7,
            PresentValue = 50.5,
            Rate = 0.05,
            DTime = 0.9972,
            Fee = 0.995,
            Variance = 0.43,
            Blocks = 0.0197,
            ChanceOfNone = 0.9805,
            ModelPrice = 21.6,
            ModelLeast = SourceIsWhole ? 21.6 : 19.8,
            ModelMost = SourceIsWhole ? 21.6 : 24.1,
            ModelOverFpps = 0.426,
        },
        Forks = state == SourceState.Reading ? null : new SourceForks { Heights = 50, OnChain = 50, Beside = 2 },
        Own =
        [
            new OwnFigures
            {
                Instrument = First,
                Sharechain = "p2share-devnet",
                Rule = "1 drawn owner",
                Hashrate = 1.8e9,
                Uncertainty = 0.0913,
                Holders = 41,
                Largest = 0.22,
                Largest20 = 0.97,
                ModelOverFpps = 1.23,
                PriceOverFpps = 1.2,
                D = 0.942,
                DError = 0.0863,
            },
        ],
    };

    private SourceHolder HolderOf(int rank) => new()
    {
        Rank = rank,
        Address = "bc1q" + SwapScript.Hex($"pool{rank}")[..38],
        Part = 0.18 / rank,
        Error = SourceIsWhole ? 0 : 0.0011,
        Least = SourceIsWhole ? 0.18 / rank : 0.09 / rank,
        Most = SourceIsWhole ? 0.18 / rank : (0.09 / rank) + 0.5,
    };
}
