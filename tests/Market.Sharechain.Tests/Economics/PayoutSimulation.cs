using System.Buffers.Binary;

namespace Market.Sharechain.Tests.Economics;

/// <summary>What one run of the payout rule brought the holder.</summary>
/// <param name="Paid">Satoshis, undiscounted, before what the rules take.</param>
/// <param name="Discounted">The same, each reward discounted from when its coinbase can be spent.</param>
/// <param name="Bought">What a buyer of the holder's units gets of it: without stale blocks, fees and what was found while
/// the swap ran, discounted.</param>
/// <param name="Wins">Draws won.</param>
internal readonly record struct PayoutRun(double Paid, double Discounted, double Bought, int Wins);

/// <summary>
/// The payout rule played out, with no formula of a share's worth: shares and mainchain blocks arrive at random, a share that is a
/// mainchain block draws a mature unit as the validator draws it, and who holds it is paid when the coinbase can be spent. The
/// holder has the oldest units and keeps them; sharebases join the draw when they are mature.
/// </summary>
/// <param name="inputs">The chain as it stands and goes on.</param>
/// <param name="part">The holder's part of the units that are mature now.</param>
/// <param name="seed">The same seed plays the same games.</param>
internal sealed class PayoutSimulation(ShareValueInputs inputs, double part, int seed)
{
    private readonly Random _random = new(seed);
    private readonly List<(int Height, double Seconds, double Reward, bool Counts)> _waiting = [];
    private readonly byte[] _id = new byte[32];

    public PayoutRun Run()
    {
        _waiting.Clear();
        var (paid, discounted, bought, wins) = (0.0, 0.0, 0.0, 0);
        var held = part * inputs.Mature;
        var (now, mature, share, main) = (0.0, inputs.Mature, inputs.ShareHeight, inputs.MainHeight);
        var horizon = inputs.HorizonYears * ShareValueInputs.SecondsPerYear;
        var nextMain = Others(0, 0);
        while (true)
        {
            var next = now + Exponential(inputs.ShareSpacing);
            while (nextMain < next)
            {
                Spend(++main, nextMain);
                nextMain = Others(nextMain, nextMain);
            }

            now = next;
            if (now > horizon)
            {
                break;
            }

            if (_random.NextDouble() < Chance(now))
            {
                main++;
                Spend(main, now);
                for (var k = 0; k < inputs.Winners; k++)
                {
                    if (Draw(k, mature) < held)
                    {
                        wins++;
                        var reward = (inputs.MainIssuance.At(main).Sats + inputs.MainFees) / inputs.Winners;
                        var stale = _random.NextDouble() < inputs.Orphans;
                        _waiting.Add((main, now, reward, !stale && now > inputs.LockSeconds));
                    }
                }
            }

            share++;
            var matured = share + 1 - inputs.ShareMaturity;
            mature += matured >= 1 ? inputs.ShareIssuance.At(matured).Sats : 0;
        }

        for (; _waiting.Count > 0; now += Exponential(inputs.MainSpacing))
        {
            Spend(++main, now);
        }

        return new PayoutRun(paid, discounted, bought, wins);

        void Spend(int height, double at)
        {
            while (_waiting.Count > 0 && _waiting[0].Height + ShareValueInputs.CoinbaseMaturity <= height)
            {
                var (_, _, reward, counts) = _waiting[0];
                var worth = reward * Math.Exp(-inputs.Rate * at / ShareValueInputs.SecondsPerYear);
                paid += reward;
                discounted += worth;
                bought += counts ? worth * (1 - inputs.Fee) : 0;
                _waiting.RemoveAt(0);
            }
        }
    }

    /// <summary>The chance that a share is a mainchain block: its work over the mainchain's.</summary>
    private double Chance(double at) =>
        inputs.BlockRate * inputs.ShareSpacing * Math.Exp(inputs.Growth * at / ShareValueInputs.SecondsPerYear);

    /// <summary>The next block that somebody else finds: so often that blocks come at the mainchain's spacing.</summary>
    private double Others(double from, double at)
    {
        var rate = (1 / inputs.MainSpacing) - (Chance(at) / inputs.ShareSpacing);
        return rate > 1e-12 ? from + Exponential(1 / rate) : double.PositiveInfinity;
    }

    private long Draw(int k, long mature)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_id, _random.NextInt64());
        BinaryPrimitives.WriteInt64LittleEndian(_id.AsSpan(8), _random.NextInt64());
        return Draws.Unit(new ShareId(new Bitcoin.Hash256(_id)), k, mature);
    }

    private double Exponential(double mean) => -mean * Math.Log(1 - _random.NextDouble());
}

/// <summary>A mean and its standard error.</summary>
internal readonly record struct Measured(double Mean, double Error)
{
    public static Measured Of(IReadOnlyCollection<double> runs)
    {
        var mean = runs.Average();
        var variance = runs.Sum(x => (x - mean) * (x - mean)) / (runs.Count - 1);
        return new Measured(mean, Math.Sqrt(variance / runs.Count));
    }

    /// <summary>The truth lies within four standard errors, and these are small enough to see three percent.</summary>
    public void Holds(double formula, string what)
    {
        Assert.True(Error * 4 <= 0.03 * Mean, $"{what}: {Mean:G6} is known to {Error:G3} only");
        Assert.True(
            Math.Abs(formula - Mean) <= 4 * Error,
            $"{what}: the formula says {formula:G6}, the games {Mean:G6} +- {Error:G3}: {(formula - Mean) / Error:F1} errors off");
    }
}
