namespace Market.Hashing;

/// <summary>A way of computing SHA-256, named so that tests and benches can choose it.</summary>
public enum HashKernel
{
    /// <summary>One message at a time in general registers. Runs everywhere.</summary>
    Scalar,

    /// <summary>One message at a time with Arm's SHA-2 instructions.</summary>
    ArmSha256,

    /// <summary>Eight messages at a time in 256-bit registers.</summary>
    Avx2,

    /// <summary>Sixteen messages at a time in 512-bit registers.</summary>
    Avx512BW,
}
