using System.Globalization;

namespace Market.Fuzzing;

/// <summary>How an input ended.</summary>
/// <param name="Accepted">True where the parser took it.</param>
/// <param name="Shape">What sort of end it was: a new one makes the input worth keeping.</param>
public readonly record struct Outcome(bool Accepted, ulong Shape);

/// <summary>The most that a parser may allocate for an input: a fixed part and so much for each of its bytes.</summary>
public readonly record struct AllocationBound(long Fixed, long PerByte)
{
    /// <summary>The bound for an input's length.</summary>
    public long For(int length) => Fixed + PerByte * length;

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Fixed / 1024} KB + {PerByte} B/B");
}

/// <summary>A parser did what it promises not to do.</summary>
public sealed class BrokenPromiseException(string promise) : Exception($"A promise is broken: {promise}");

/// <summary>Reads bytes; false with the number of the documented error where they are no such value.</summary>
public delegate bool Decoder<T>(byte[] input, out T value, out int error);

/// <summary>
/// A parser that must take any bytes, and what must hold of whatever it takes. The fuzzer and the property tests run
/// the same targets.
/// </summary>
public sealed class FuzzTarget
{
    private readonly Func<byte[], FuzzTarget, Outcome> _run;

    private FuzzTarget(string name, string about, Func<byte[], FuzzTarget, Outcome> run)
    {
        (Name, About, _run) = (name, about, run);
    }

    public string Name { get; }

    public string About { get; }

    /// <summary>What reading may allocate.</summary>
    public AllocationBound Bound { get; private init; }

    /// <summary>A random input that the parser must accept.</summary>
    public required Func<RandomValues, byte[]> Fresh { get; init; }

    /// <summary>Pieces that a change may insert.</summary>
    public IReadOnlyList<byte[]> Words { get; init; } = [];

    /// <summary>Puts a changed input's checksum right; null where there is none.</summary>
    public Func<byte[], byte[]>? Repair { get; init; }

    /// <summary>Reads an input and checks what must hold.</summary>
    /// <exception cref="BrokenPromiseException">Something does not.</exception>
    public Outcome Run(byte[] input) => _run(input, this);

    public override string ToString() => Name;

    public static FuzzTarget Of<T>(
        string name,
        string about,
        AllocationBound bound,
        Decoder<T> decode,
        Func<byte[], T, ulong> check,
        Func<RandomValues, byte[]> fresh,
        IReadOnlyList<byte[]>? words = null,
        Func<byte[], byte[]>? repair = null) =>
        new(name, about, (input, self) => Run(input, self.Bound, decode, check))
        {
            Bound = bound,
            Fresh = fresh,
            Words = words ?? [],
            Repair = repair,
        };

    private static Outcome Run<T>(byte[] input, AllocationBound bound, Decoder<T> decode, Func<byte[], T, ulong> check)
    {
        var accepted = Measured(input, decode, out var value, out var error, out var allocated);
        if (allocated > bound.For(input.Length))
        {
            // Tables that are made at their first use are nobody's input.
            accepted = Measured(input, decode, out value, out error, out allocated);
            Promise.Holds(
                allocated <= bound.For(input.Length),
                $"reading {input.Length} bytes allocates at most {bound}; it allocated {allocated} bytes");
        }

        return accepted
            ? new Outcome(true, check(input, value))
            : new Outcome(false, Shape.Of(error, Shape.Size(input.Length)));
    }

    private static bool Measured<T>(byte[] input, Decoder<T> decode, out T value, out int error, out long allocated)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var accepted = decode(input, out value, out error);
        allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        return accepted;
    }
}

internal static class Promise
{
    public static void Holds(bool holds, string promise)
    {
        if (!holds)
        {
            throw new BrokenPromiseException(promise);
        }
    }

    public static void Same(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> found, string promise) =>
        Holds(expected.SequenceEqual(found), promise);
}

/// <summary>Numbers that stand for what sort of value it was.</summary>
internal static class Shape
{
    /// <summary>Mixes features into one number.</summary>
    public static ulong Of(params ReadOnlySpan<int> features)
    {
        var hash = 14695981039346656037UL;
        foreach (var feature in features)
        {
            hash = (hash ^ (uint)feature) * 1099511628211UL;
        }

        return hash;
    }

    /// <summary>The number of bits of a size, so that sizes of like magnitude are alike.</summary>
    public static int Size(long size) => 64 - System.Numerics.BitOperations.LeadingZeroCount((ulong)Math.Max(0, size));

    /// <summary>Two small numbers as one.</summary>
    public static int Mix(int high, int low) => (high << 16) + low;

    public static int Bit(bool value) => value ? 1 : 0;
}
