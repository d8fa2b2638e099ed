namespace Market.Sharechain;

/// <summary>
/// Payouts to come, share by share: the j-th share from now is a mainchain block with probability q_j = lambda(t_j) x spacing and
/// then pays B_j to n_j units. n_j grows by what was minted a maturity before, B_j and the issuance halve on their own
/// chains' schedules. The first shares are summed as they stand, since a young chain's n doubles within a few; what follows
/// is integrated piece by piece between halvings, in panels over which neither n nor the discount changes much.
/// </summary>
internal sealed class PayoutStream
{
    private const int Head = 256;
    private const int MostPieces = 512;
    private const int MostPanels = 20_000;
    private const double WidestGrowth = 0.5;
    private const double FarthestDiscount = 60;

    private readonly ShareValueInputs _inputs;
    private readonly List<Piece> _pieces = [];
    private readonly double[] _headUnits = new double[Head];
    private readonly double[] _headRewards = new double[Head];

    /// <summary>Walks the horizon once.</summary>
    public PayoutStream(ShareValueInputs inputs)
    {
        _inputs = inputs;
        Shares = inputs.HorizonYears * ShareValueInputs.SecondsPerYear / inputs.ShareSpacing;
        double units = inputs.Mature;
        for (var j = 0; j < Head; j++)
        {
            _headUnits[j] = units;
            _headRewards[j] = RewardAt(j + 1);
            units += MaturingAfter(j + 1);
        }

        CutTail(units);
    }

    /// <summary>Share blocks in the horizon.</summary>
    public double Shares { get; }

    /// <summary>
    /// The sum over the shares j within some seconds of q_j B_j^a / n_j^b e^(-rate t_j), in satoshis and base units.
    /// </summary>
    /// <param name="rewards">a.</param>
    /// <param name="dilutions">b.</param>
    /// <param name="yearlyRate">Continuous discount rate.</param>
    /// <param name="seconds">Later shares are left out.</param>
    public double Sum(int rewards, int dilutions, double yearlyRate, double seconds = double.PositiveInfinity)
    {
        var last = Math.Min(Shares, seconds / _inputs.ShareSpacing);
        var rate = (yearlyRate - _inputs.Growth) / ShareValueInputs.SecondsPerYear * _inputs.ShareSpacing;
        var sum = 0.0;
        for (var j = 0; j < Head && j < last; j++)
        {
            var part = Math.Min(1, last - j);
            sum += part * Power(_headRewards[j], rewards) / Power(_headUnits[j], dilutions) * Math.Exp(-rate * (j + 1));
        }

        var panels = 0;
        foreach (var piece in _pieces)
        {
            var until = Math.Min(piece.To, last + 0.5);
            for (var at = piece.From; at < until && rate * at < FarthestDiscount && panels < MostPanels; panels++)
            {
                var end = Math.Min(until, at + piece.Panel(at, rate));
                sum += Power(piece.Reward, rewards) * piece.Integral(at, end, dilutions, rate);
                at = end;
            }
        }

        return sum * _inputs.BlockRate * _inputs.ShareSpacing;
    }

    // The tail in units of shares, from halfway between two: a sum over j is the integral from j - 1/2 to j + 1/2.
    private void CutTail(double units)
    {
        var at = Head + 0.5;
        var end = Math.Floor(Shares) + 0.5;
        units -= MaturingAfter(Head) / 2;
        while (at < end && _pieces.Count < MostPieces)
        {
            // A reward holds from half a share before its first share, n grows from one share on to the next.
            var (share, grown) = (Math.Floor(at + 0.5), Math.Floor(at));
            var reward = RewardAt(share);
            var grows = MaturingAfter(grown);
            var next = Math.Min(end, Math.Min(NextMainHalving(share), NextShareHalving(grown)));
            next = Math.Max(next, at + 0.5);
            _pieces.Add(new Piece(at, next, reward, units, grows));
            units += grows * (next - at);
            at = next;
        }
    }

    // B of the mainchain block that the j-th share would be.
    private double RewardAt(double share) =>
        _inputs.MainIssuance.At(Clamp(MainHeightAt(share))).Sats + _inputs.MainFees;

    private double MainHeightAt(double share) =>
        _inputs.MainHeight + 1 + Math.Floor(share * _inputs.ShareSpacing / _inputs.MainSpacing);

    // What the j-th share makes ready for the draw of the one after it: the sharebase that is then a maturity old.
    private double MaturingAfter(double share)
    {
        var height = _inputs.ShareHeight + share + 1 - _inputs.ShareMaturity;
        return height < 1 ? 0 : _inputs.ShareIssuance.At(Clamp(height)).Sats;
    }

    // Infinite where there is nothing left to halve.
    private double NextMainHalving(double share)
    {
        var interval = _inputs.MainIssuance.HalvingInterval;
        var height = MainHeightAt(share);
        if (_inputs.MainIssuance.At(Clamp(height)).Sats == 0)
        {
            return double.PositiveInfinity;
        }

        var halving = (Math.Floor(height / interval) + 1) * interval;
        return Math.Ceiling((halving - _inputs.MainHeight - 1) * _inputs.MainSpacing / _inputs.ShareSpacing) - 0.5;
    }

    private double NextShareHalving(double share)
    {
        var interval = _inputs.ShareIssuance.HalvingInterval;
        var height = _inputs.ShareHeight + share + 1 - _inputs.ShareMaturity;
        if (height >= 1 && _inputs.ShareIssuance.At(Clamp(height)).Sats == 0)
        {
            return double.PositiveInfinity;
        }

        var halving = (Math.Floor(Math.Max(0, height) / interval) + 1) * interval;
        return halving - _inputs.ShareHeight - 1 + _inputs.ShareMaturity;
    }

    private static int Clamp(double height) => (int)Math.Min(int.MaxValue, height);

    private static double Power(double value, int power) => power switch
    {
        0 => 1,
        1 => value,
        2 => value * value,
        _ => Math.Pow(value, power),
    };

    /// <summary>Shares between two halvings.</summary>
    /// <param name="From">The first, less a half.</param>
    /// <param name="To">The last and a half.</param>
    /// <param name="Reward">B, satoshis.</param>
    /// <param name="Units">n at its start.</param>
    /// <param name="Grows">n's growth a share.</param>
    private readonly record struct Piece(double From, double To, double Reward, double Units, double Grows)
    {
        /// <summary>How far a panel may go, in shares.</summary>
        public double Panel(double at, double rate)
        {
            var growth = Grows > 0 ? WidestGrowth * (Units + (Grows * (at - From))) / Grows : double.PositiveInfinity;
            return Math.Min(growth, rate != 0 ? 1 / Math.Abs(rate) : double.PositiveInfinity);
        }

        /// <summary>Integral of n^-b e^(-rate x).</summary>
        public double Integral(double from, double to, int dilutions, double rate) =>
            GaussLegendre.Integral(from, to, new Paid(this, dilutions, rate));
    }

    /// <summary>n^-b e^(-rate x) within a piece.</summary>
    private readonly record struct Paid(Piece Piece, int Dilutions, double Rate) : IIntegrand
    {
        public double At(double x) =>
            Math.Exp(-Rate * x) / Power(Piece.Units + (Piece.Grows * (x - Piece.From)), Dilutions);
    }
}
