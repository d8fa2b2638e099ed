using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Market.Bitcoin.Wallet;

/// <summary>
/// A spending condition in miniscript (BIP379): an expression with its type, that compiles to a script and can be
/// satisfied by whoever has the keys, preimages and times. Immutable.
/// </summary>
public sealed class Miniscript
{
    /// <summary>Standard P2WSH scripts are no longer than this.</summary>
    public const int MaxWitnessScriptSize = 3600;

    /// <summary>Deeper expressions are refused.</summary>
    public const int MaxDepth = 100;

    internal const int MaxMultiKeys = 20;
    internal const int MaxMultiAKeys = 999;

    private const int MaxTextLength = 20_000;
    private const int MaxOperations = 201;
    private const int MaxStackItems = 1000;
    private const int MaxWitnessItems = 100;

    internal Miniscript(
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

    /// <summary>Reads an expression and types it.</summary>
    /// <param name="text">Such as "andor(pk(A),sha256(H),and_v(v:pk(B),after(T)))"; keys in hexadecimal.</param>
    /// <param name="tapscript">True under tapscript's rules (x-only keys), false under P2WSH's.</param>
    /// <param name="miniscript">The expression, valid as a whole script; ask <see cref="IsSane"/> before using
    /// it.</param>
    /// <param name="keys">Reads keys of other forms; null for hexadecimal ones.</param>
    public static bool TryParse(
        string? text, bool tapscript, [NotNullWhen(true)] out Miniscript? miniscript, MiniscriptKeyReader? keys = null)
    {
        miniscript = null;
        if (text is null || text.Length > MaxTextLength)
        {
            return false;
        }

        var parser = new MiniscriptParser(text, tapscript, keys ?? (key => MiniscriptParser.ReadHexKey(key, tapscript)));
        var parsed = parser.ParseWhole();
        miniscript = parsed is { IsValidTopLevel: true } ? parsed : null;
        return miniscript is not null;
    }

    /// <summary>Reads a script that a miniscript compiles to.</summary>
    /// <param name="script">The witness script, or a tapscript leaf.</param>
    /// <param name="tapscript">Which of the two.</param>
    /// <param name="miniscript">An expression of the script; keys that stand as hashes are known by these only.</param>
    public static bool TryDecode(Script script, bool tapscript, [NotNullWhen(true)] out Miniscript? miniscript)
    {
        miniscript = MiniscriptDecoder.Create(script, tapscript)?.DecodeWhole();
        if (miniscript is not { IsValidTopLevel: true } || miniscript.ToScript() != script)
        {
            miniscript = null;
        }

        return miniscript is not null;
    }

    /// <summary>All keys from left to right.</summary>
    public IEnumerable<MiniscriptKey> AllKeys() => Keys.Concat(Subs.SelectMany(sub => sub.AllKeys()));

    /// <summary>The same expression with other keys, such as those derived for one address.</summary>
    public Miniscript WithKeys(Func<MiniscriptKey, MiniscriptKey> map)
    {
        var subs = Subs.Select(sub => sub.WithKeys(map)).ToArray();
        return new Miniscript(Fragment, IsTapscript, Number, [.. Keys.Select(map)], HashValue, subs);
    }

    /// <summary>The script.</summary>
    /// <exception cref="InvalidOperationException">A key is known by its hash only, or is not derived yet.</exception>
    public Script ToScript() => MiniscriptCompiler.Compile(this);

    /// <summary>Finds the smallest witness, without script and control block.</summary>
    /// <param name="assets">What the spender has.</param>
    /// <param name="witness">The items, first pushed first.</param>
    /// <returns>False where the assets do not suffice, or others could change every witness that they allow.</returns>
    public bool TrySatisfy(MiniscriptAssets assets, out ImmutableArray<ReadOnlyMemory<byte>> witness)
    {
        ArgumentNullException.ThrowIfNull(assets);
        var found = MiniscriptSatisfier.Satisfy(this, assets);
        witness = found ?? [];
        return found is not null;
    }

    /// <summary>The text, in the short forms that BIP379 has.</summary>
    public override string ToString() => MiniscriptText.Write(this);

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
