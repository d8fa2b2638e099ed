namespace Market.Hashing.Generator;

/// <summary>How a kernel's operations are written for one kind of register.</summary>
internal abstract class Dialect
{
    public abstract string ClassName { get; }

    public abstract string Summary { get; }

    /// <summary>The type of a word in all lanes.</summary>
    public abstract string Type { get; }

    /// <summary>Whether the 16 words of the schedule live in memory, or in locals.</summary>
    public abstract bool ScheduleInMemory { get; }

    /// <summary>Whether there are several lanes; one alone does with the general compression and the scan.</summary>
    public virtual bool HasLanes => true;

    public virtual IEnumerable<string> Usings => [];

    public abstract string Constant(uint value);

    /// <summary>A scalar in every lane.</summary>
    public abstract string Broadcast(string scalar);

    public abstract string BigSigma0(string x);

    public abstract string BigSigma1(string x);

    public abstract string SmallSigma0(string x);

    public abstract string SmallSigma1(string x);

    /// <summary>Whether <see cref="Choose"/> and <see cref="Majority"/> are one instruction each.</summary>
    public abstract bool HasTernaryLogic { get; }

    public virtual string Choose(string e, string f, string g) => throw new NotSupportedException();

    public virtual string Majority(string a, string b, string c) => throw new NotSupportedException();

    protected static string Rotations(Func<int, string> rotate, int r0, int r1, int r2) =>
        $"({rotate(r0)} ^ {rotate(r1)} ^ {rotate(r2)})";
}

/// <summary>One message at a time, in general registers.</summary>
internal sealed class ScalarDialect : Dialect
{
    public override string ClassName => "ScalarRounds";

    public override string Summary => "one message at a time";

    public override string Type => "uint";

    public override bool ScheduleInMemory => true;

    public override bool HasLanes => false;

    public override bool HasTernaryLogic => false;

    public override IEnumerable<string> Usings => [];

    public override string Constant(uint value) => $"0x{value:x8}u";

    public override string Broadcast(string scalar) => scalar;

    public override string BigSigma0(string x) => Rotations(n => Ror(x, n), 2, 13, 22);

    public override string BigSigma1(string x) => Rotations(n => Ror(x, n), 6, 11, 25);

    // A rotation of a rotation saves a copy: the processor's rotate overwrites what it rotates.
    public override string SmallSigma0(string x) => $"({Ror($"({Ror(x, 11)} ^ {x})", 7)} ^ ({x} >>> 3))";

    public override string SmallSigma1(string x) => $"({Ror($"({Ror(x, 2)} ^ {x})", 17)} ^ ({x} >>> 10))";

    private static string Ror(string x, int n) => $"BitOperations.RotateRight({x}, {n})";
}

/// <summary>Eight messages at a time, in 256-bit registers that cannot rotate.</summary>
internal sealed class Vector256Dialect : Dialect
{
    public override string ClassName => "Avx2Rounds";

    public override string Summary => "eight messages at a time";

    public override string Type => "Vector256<uint>";

    public override bool ScheduleInMemory => true;

    public override bool HasTernaryLogic => false;

    public override IEnumerable<string> Usings => ["System.Runtime.Intrinsics"];

    public override string Constant(uint value) => $"Vector256.Create(0x{value:x8}u)";

    public override string Broadcast(string scalar) => $"Vector256.Create({scalar})";

    public override string BigSigma0(string x) => Rotations(n => Ror(x, n), 2, 13, 22);

    public override string BigSigma1(string x) => Rotations(n => Ror(x, n), 6, 11, 25);

    public override string SmallSigma0(string x) => $"({Ror(x, 7)} ^ {Ror(x, 18)} ^ ({x} >>> 3))";

    public override string SmallSigma1(string x) => $"({Ror(x, 17)} ^ {Ror(x, 19)} ^ ({x} >>> 10))";

    private static string Ror(string x, int n) => $"(({x} >>> {n}) ^ ({x} << {32 - n}))";
}

/// <summary>Sixteen messages at a time, in 512-bit registers that rotate and combine three words at once.</summary>
/// <remarks>
/// The operations are named directly: the compiler stops inlining helpers long before the end of a kernel. Where AVX-512 is
/// missing the tests compile the same text with their own Avx512F.
/// </remarks>
internal sealed class Vector512Dialect : Dialect
{
    public override string ClassName => "Avx512Rounds";

    public override string Summary => "sixteen messages at a time";

    public override string Type => "Vector512<uint>";

    public override bool ScheduleInMemory => false;

    public override bool HasTernaryLogic => true;

    public override IEnumerable<string> Usings => ["System.Runtime.Intrinsics", "System.Runtime.Intrinsics.X86"];

    public override string Constant(uint value) => $"Vector512.Create(0x{value:x8}u)";

    public override string Broadcast(string scalar) => $"Vector512.Create({scalar})";

    public override string BigSigma0(string x) => Xor3(Ror(x, 2), Ror(x, 13), Ror(x, 22));

    public override string BigSigma1(string x) => Xor3(Ror(x, 6), Ror(x, 11), Ror(x, 25));

    public override string SmallSigma0(string x) => Xor3(Ror(x, 7), Ror(x, 18), $"{x} >>> 3");

    public override string SmallSigma1(string x) => Xor3(Ror(x, 17), Ror(x, 19), $"{x} >>> 10");

    public override string Choose(string e, string f, string g) => $"Avx512F.TernaryLogic({e}, {f}, {g}, 0xca)";

    public override string Majority(string a, string b, string c) => $"Avx512F.TernaryLogic({a}, {b}, {c}, 0xe8)";

    private static string Xor3(string a, string b, string c) => $"Avx512F.TernaryLogic({a}, {b}, {c}, 0x96)";

    private static string Ror(string x, int n) => $"Avx512F.RotateRight({x}, {n})";
}
