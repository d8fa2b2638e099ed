using System.Collections.Immutable;

namespace Market.Sharechain;

/// <summary>
/// The window of a pool of another kind, and what a fresh share in it is worth, from what a node of the pool tells. Where only a
/// part of the window was read, the rest is taken to be like it, and every figure says between what it lies if it is not.
/// </summary>
public sealed record ToldWindow
{
    // As many as the sharechains that are followed here are told by.
    private const int NewestShares = 126;
    private const int LeastIntervals = 10;

    private ToldWindow()
    {
    }

    /// <summary>Shares of the window that were read.</summary>
    public required int Shares { get; init; }

    /// <summary>Shares beside the chain that these name.</summary>
    public required int Uncles { get; init; }

    /// <summary>Hashes of what was read.</summary>
    public required double Read { get; init; }

    /// <summary>W: hashes of the window in force, measured where all of it was read, else estimated.</summary>
    public required double Hashes { get; init; }

    /// <summary>Hashes of all that is in the window: less than <see cref="Hashes"/> while the chain is young.</summary>
    public required double Outstanding { get; init; }

    /// <summary>True where nothing of the window is left to be read.</summary>
    public required bool IsWhole { get; init; }

    /// <summary>Whom it pays, the largest first.</summary>
    public required ImmutableArray<ToldHolder> Holders { get; init; }

    /// <summary>Owners of the coins that the read shares minted; null where the node does not tell them.</summary>
    public required int? Owners { get; init; }

    /// <summary>The pool's hashrate, by its newest shares.</summary>
    public required HashrateEstimate Pool { get; init; }

    /// <summary>What a fresh share is worth; null while fewer than ten shares tell of the hashrate.</summary>
    public required WindowValue? Value { get; init; }

    /// <summary>The lowest price of the model within the errors of hashrate and window; satoshis a share block.</summary>
    public required double LeastPrice { get; init; }

    /// <summary>The highest.</summary>
    public required double MostPrice { get; init; }

    /// <summary>The part of the window that was read, 0 to 1.</summary>
    public double Coverage => IsWhole ? 1 : Math.Min(1, Read / Outstanding);

    /// <summary>The part of the window in force that is filled.</summary>
    public double Filled => Math.Min(1, Outstanding / Hashes);

    /// <summary>The part of the largest holders of the read part, 0 to 1.</summary>
    /// <param name="count">How many of them.</param>
    public double Top(int count) => Math.Min(1, Holders.Take(count).Sum(holder => holder.Part));

    /// <summary>1 / sum of squared parts: so many holders of one size would be as concentrated.</summary>
    public double EvenHolders => 1 / Holders.Sum(holder => holder.Part * holder.Part);

    /// <summary>Reads the window off the newest shares.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No share, or a figure that must be positive is not.</exception>
    public static ToldWindow Of(ToldWindowInputs inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        if (inputs.Shares.IsDefaultOrEmpty || !(inputs.MainWork > 0) || !double.IsFinite(inputs.MainWork))
        {
            throw new ArgumentOutOfRangeException(nameof(inputs), "A window has at least one share, and M is a positive number.");
        }

        var rule = inputs.Rule;
        var most = rule.Multiplier * inputs.MainWork;
        var (from, read, heaviest) = (inputs.Shares.Length, 0.0, 0.0);
        while (from > 0 && inputs.Shares.Length - from < rule.MostBlocks && read < most)
        {
            var weight = inputs.Shares[--from].Weight;
            (read, heaviest) = (read + weight, Math.Max(heaviest, weight));
        }

        var window = inputs.Shares[from..];
        var mean = read / window.Length;
        var isFull = read >= most || window.Length >= rule.MostBlocks;
        var isWhole = isFull || window[0].Height == 0;
        var hashes = Math.Min(most, isFull ? read : rule.MostBlocks * mean);
        var outstanding = isWhole
            ? Math.Min(read, hashes)
            : Math.Min(hashes, mean * (window[^1].Height + 1.0));
        var pool = HashrateEstimate.Of(Timed(window), inputs.Now);
        var value = pool.Intervals < LeastIntervals
            ? null
            : ValueOf(inputs, window[^1].Work, pool.HashesPerSecond, hashes, outstanding);
        var widest = isWhole ? hashes : Math.Min(most, rule.MostBlocks * heaviest);
        var narrowest = isWhole ? hashes : Math.Min(read, hashes);
        double[] prices = value is null ? [] :
        [
            .. from hashrate in new[] { 1 - pool.RelativeError, 1 + pool.RelativeError }
               from size in new[] { narrowest, widest }
               select ValueOf(
                   inputs, window[^1].Work, pool.HashesPerSecond * hashrate, size, Math.Min(size, outstanding)).ModelPrice,
            value.ModelPrice,
        ];
        return new ToldWindow
        {
            Shares = window.Length,
            Uncles = window.Sum(share => share.Uncles.Length),
            Read = read,
            Hashes = hashes,
            Outstanding = outstanding,
            IsWhole = isWhole,
            Holders = HoldersOf(window, inputs.UnclePercent, isWhole ? 1 : Math.Min(1, read / outstanding)),
            Owners = window.Any(share => share.Owner is null)
                ? null
                : window.Select(share => share.Owner).Distinct(StringComparer.Ordinal).Count(),
            Pool = pool,
            Value = value,
            LeastPrice = prices.DefaultIfEmpty().Min(),
            MostPrice = prices.DefaultIfEmpty().Max(),
        };
    }

    private static TimedWork[] Timed(ImmutableArray<ToldShare> window) =>
        [.. window.TakeLast(NewestShares).Select(share => new TimedWork(share.Time, share.Weight))];

    private static WindowValue ValueOf(
        ToldWindowInputs inputs, double shareWork, double hashrate, double hashes, double outstanding) =>
        WindowValue.Of(new WindowValueInputs
        {
            Rate = inputs.Rate,
            Reward = inputs.Reward,
            MainSpacing = inputs.MainSpacing,
            MainWork = inputs.MainWork,
            Window = hashes,
            HashesPerShare = shareWork,
            PoolHashrate = hashrate,
            Filled = Math.Min(1, outstanding / hashes),
            Fee = inputs.Fee,
        });

    private static ImmutableArray<ToldHolder> HoldersOf(ImmutableArray<ToldShare> window, int unclePercent, double coverage)
    {
        var works = new Dictionary<string, double>(StringComparer.Ordinal);
        var (all, kept) = (0.0, unclePercent / 100.0);
        foreach (var share in window)
        {
            Add(share.Payee, share.Work * (1 + ((1 - kept) * share.Uncles.Length)));
            foreach (var uncle in share.Uncles)
            {
                Add(uncle, share.Work * kept);
            }
        }

        return
        [
            .. works.OrderByDescending(one => one.Value).ThenBy(one => one.Key, StringComparer.Ordinal)
                .Select(one => Holder(one.Key, one.Value, one.Value / all)),
        ];

        void Add(string payee, double work)
        {
            works[payee] = works.GetValueOrDefault(payee) + work;
            all += work;
        }

        ToldHolder Holder(string payee, double work, double part) => new(
            payee, work, part, Math.Sqrt(Math.Max(0, part * (1 - part)) / window.Length * (1 - coverage)),
            coverage * part, Math.Min(1, (coverage * part) + (1 - coverage)));
    }
}
