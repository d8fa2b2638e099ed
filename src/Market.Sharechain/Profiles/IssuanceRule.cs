using System.Numerics;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain;

/// <summary>How many new base units a block brings. A closed set.</summary>
public abstract record IssuanceRule
{
    private IssuanceRule()
    {
    }

    /// <summary>New base units of a block; what is minted for the shares that it names is apart.</summary>
    /// <param name="height">The block's height.</param>
    /// <param name="bits">Its own target.</param>
    public abstract Amount Of(int height, CompactTarget bits);

    /// <summary>The rule in words.</summary>
    public abstract string Words { get; }

    /// <summary>So many a block, halving; whatever the work.</summary>
    /// <param name="Schedule">Units at a height.</param>
    /// <param name="Whole">Only multiples of so many units are minted, rounded down; 1 for any number.</param>
    public sealed record ByHeight(IssuanceSchedule Schedule, Amount Whole) : IssuanceRule
    {
        /// <inheritdoc/>
        public override Amount Of(int height, CompactTarget bits)
        {
            var units = Schedule.At(height).Sats;
            return new Amount(units - units % Whole.Sats);
        }

        /// <inheritdoc/>
        public override string Words =>
            $"{Schedule.Initial.Sats / Amount.Coin} a block, halving every {Schedule.HalvingInterval} blocks"
            + (Whole.Sats > 1 ? $", in whole {Whole.Sats} units" : "");
    }

    /// <summary>By work: floor(work(bits) x 10^8 / HashesPerShare), work = 2^256 / (target + 1).</summary>
    /// <param name="HashesPerShare">Expected hashes that one share stands for.</param>
    public sealed record ByWork(U256 HashesPerShare) : IssuanceRule
    {
        /// <inheritdoc/>
        public override Amount Of(int height, CompactTarget bits)
        {
            var units = bits.Work().ToBigInteger() * Amount.Coin / HashesPerShare.ToBigInteger();
            return new Amount((long)BigInteger.Min(units, long.MaxValue));
        }

        /// <inheritdoc/>
        public override string Words => $"by work, one share for {HashesPerShare.ToBigInteger()} hashes";
    }
}
