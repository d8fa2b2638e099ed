namespace Market.Sharechain;

/// <summary>Integrals of smooth functions over panels so short that eight points tell them to the last digits.</summary>
internal static class GaussLegendre
{
    // Nodes and weights of order 8 on [-1, 1], the positive half.
    private static readonly (double Node, double Weight)[] Points =
    [
        (0.18343464249564980, 0.36268378337836198), (0.52553240991632899, 0.31370664587788729),
        (0.79666647741362674, 0.22238103445337447), (0.96028985649753623, 0.10122853629037626),
    ];

    /// <summary>The integral of a function over one panel.</summary>
    public static double Integral<T>(double from, double to, in T function) where T : struct, IIntegrand
    {
        var (middle, half) = ((from + to) / 2, (to - from) / 2);
        var sum = 0.0;
        foreach (var (node, weight) in Points)
        {
            sum += weight * (function.At(middle - (half * node)) + function.At(middle + (half * node)));
        }

        return sum * half;
    }
}

/// <summary>A function of one number that is integrated.</summary>
internal interface IIntegrand
{
    /// <summary>Its value.</summary>
    double At(double x);
}
