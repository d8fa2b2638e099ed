namespace Market.Sharechain.Economics;

/// <summary>Exponential and logarithm close to one, where the plain forms lose their digits.</summary>
internal static class NearOne
{
    private const double Small = 1e-4;

    /// <summary>e^x - 1, to a relative precision of 1e-12.</summary>
    public static double ExpM1(double x) =>
        Math.Abs(x) < Small ? x * (1 + x / 2 * (1 + x / 3 * (1 + x / 4))) : Math.Exp(x) - 1;

    /// <summary>ln(1 + x), to a relative precision of 1e-12.</summary>
    public static double LogP1(double x) =>
        Math.Abs(x) < Small ? x * (1 - x * (1 / 2.0 - x * (1 / 3.0 - x / 4))) : Math.Log(1 + x);
}
