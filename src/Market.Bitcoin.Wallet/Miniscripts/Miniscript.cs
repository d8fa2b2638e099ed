using System.Collections.Immutable;

namespace Market.Bitcoin.Wallet;

/// <summary>A key in a miniscript.</summary>
/// <param name="Text">How the text wrote it.</param>
/// <param name="Bytes">33 bytes, or 32 in tapscript; empty where only the hash is known or nothing is derived
/// yet.</param>
/// <param name="Hash">HASH160 of the bytes, as pk_h holds it.</param>
public sealed record MiniscriptKey(string Text, ReadOnlyMemory<byte> Bytes, Hash160 Hash)
{
    /// <summary>A key by its bytes.</summary>
    public static MiniscriptKey Of(ReadOnlyMemory<byte> bytes, string? text = null) =>
        new(text ?? Encoding.Hex.Encode(bytes.Span), bytes, Hash160.Of(bytes.Span));

    /// <inheritdoc/>
    public bool Equals(MiniscriptKey? other) => other is not null && Text == other.Text && Hash == other.Hash;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Text, Hash);
}

/// <summary>
/// A spending condition in miniscript (BIP379): an expression with its type, that compiles to a script and can be
/// satisfied by whoever has the keys, preimages and times. Immutable.
/// </summary>
public sealed partial class Miniscript
{
    /// <summary>Standard P2WSH scripts are no longer than this.</summary>
    public const int MaxWitnessScriptSize = 3600;

    /// <summary>Deeper expressions are refused.</summary>
    public const int MaxDepth = 100;

    private const int MaxOperations = 201;
    private const int MaxStackItems = 1000;
    private const int MaxWitnessItems = 100;

    private Miniscript(
        MiniscriptFragment fragment,
        bool tapscript,
        uint number = 0,
        ImmutableArray<MiniscriptKey> keys = default,
        ReadOnlyMemory<byte> hash = default,
        params ReadOnlySpan<Miniscript> subs)
    {
        Fragment = fragment;
        IsTapscript = tapscript;
        Number = number;
        Keys = keys.IsDefault ? [] : keys;
        HashValue = hash;
        Subs = [.. subs];
        Depth = 1 + (Subs.IsEmpty ? 0 : Subs.Max(sub => sub.Depth));
        Type = ComputeType();
    }

    /// <summary>The outermost fragment.</summary>
    public MiniscriptFragment Fragment { get; }

    /// <summary>True under tapscript's rules, false under P2WSH's.</summary>
    public bool IsTapscript { get; }

    /// <summary>The lock of older and after, k of thresh and multi.</summary>
    public uint Number { get; }

    /// <summary>The fragment's own keys.</summary>
    public ImmutableArray<MiniscriptKey> Keys { get; }

    /// <summary>The hash that a preimage is asked for.</summary>
    public ReadOnlyMemory<byte> HashValue { get; }

    /// <summary>The expressions within.</summary>
    public ImmutableArray<Miniscript> Subs { get; }

    /// <summary>The type; <see cref="MiniscriptType.None"/> where the expression is not valid.</summary>
    public MiniscriptType Type { get; }

    /// <summary>Levels of expressions.</summary>
    public int Depth { get; }

    /// <summary>True where it may stand as a whole script.</summary>
    public bool IsValidTopLevel => Type.HasFlag(MiniscriptType.B);

    /// <summary>
    /// True where it is safe to use: valid, every way of spending needs a signature and cannot be changed by others, no
    /// mixed locks, no key twice, and within the limits of size.
    /// </summary>
    public bool IsSane => IsValidTopLevel
        && Type.HasFlag(MiniscriptType.M | MiniscriptType.S | MiniscriptType.T)
        && !HasRepeatedKey && IsWithinLimits;

    // One item is left of a whole script.
    internal int MostWitnessItems => (StackUse.Of(this).Satisfied?.Drop ?? -1) + 1;

    internal int MostStackItems => (StackUse.Of(this).Satisfied?.Peak ?? -1) + 1;

    internal int MostOperations => OperationsOf(ToScript());

    private bool HasRepeatedKey
    {
        get
        {
            var keys = AllKeys().Select(key => key.Hash).ToList();
            return keys.Distinct().Count() != keys.Count;
        }
    }

    private bool IsWithinLimits
    {
        get
        {
            if (IsTapscript)
            {
                return MostStackItems <= MaxStackItems;
            }

            var script = ToScript();
            return script.Length <= MaxWitnessScriptSize && OperationsOf(script) <= MaxOperations
                && MostWitnessItems <= MaxWitnessItems;
        }
    }

    /// <summary>All keys from left to right.</summary>
    public IEnumerable<MiniscriptKey> AllKeys() => Keys.Concat(Subs.SelectMany(sub => sub.AllKeys()));

    /// <summary>The same expression with other keys, such as those derived for one address.</summary>
    public Miniscript WithKeys(Func<MiniscriptKey, MiniscriptKey> map)
    {
        var subs = Subs.Select(sub => sub.WithKeys(map)).ToArray();
        return new Miniscript(Fragment, IsTapscript, Number, [.. Keys.Select(map)], HashValue, subs);
    }

    private MiniscriptType ComputeType()
    {
        foreach (var sub in Subs)
        {
            if (sub.Type == MiniscriptType.None)
            {
                return MiniscriptType.None;
            }
        }

        var type = Fragment switch
        {
            MiniscriptFragment.AndOr => MiniscriptTyping.AndOr(Subs[0].Type, Subs[1].Type, Subs[2].Type),
            MiniscriptFragment.Thresh => MiniscriptTyping.Thresh(Number, [.. Subs.Select(sub => sub.Type)]),
            >= MiniscriptFragment.WrapA => MiniscriptTyping.Wrapper(Fragment, Subs[0].Type, IsTapscript),
            _ when Subs.Length == 2 => MiniscriptTyping.Pair(Fragment, Subs[0].Type, Subs[1].Type),
            _ => MiniscriptTyping.Leaf(Fragment, Number),
        };
        const MiniscriptType bases = MiniscriptType.B | MiniscriptType.V | MiniscriptType.K | MiniscriptType.W;
        return (type & bases) == 0 ? MiniscriptType.None : type;
    }

    // By Bitcoin Core's rule: what stands in the script, and the keys that the dearest satisfaction executes.
    private int OperationsOf(Script script) => CountOperations(script) + (MultisigKeys.Of(this).Satisfied ?? 0);

    private static int CountOperations(Script script)
    {
        var count = 0;
        for (var reader = new ScriptReader(script.Span); reader.TryRead(out var opcode, out _);)
        {
            count += opcode > Opcode.OP_16 ? 1 : 0;
        }

        return count;
    }
}
