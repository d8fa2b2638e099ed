using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Market.Bitcoin.Wallet;

/// <summary>
/// An output descriptor (BIP380 to BIP386): what a wallet needs to know of its outputs, without secrets. Immutable.
/// </summary>
public sealed class Descriptor
{
    private readonly DescriptorKey? _key;
    private readonly Miniscript? _script;
    private readonly DescriptorTree? _tree;
    private readonly ImmutableDictionary<string, DescriptorKey> _keys;

    internal Descriptor(
        DescriptorKind kind,
        string text,
        DescriptorKey? key,
        Miniscript? script,
        DescriptorTree? tree,
        ImmutableDictionary<string, DescriptorKey> keys)
    {
        Kind = kind;
        Text = text;
        (_key, _script, _tree, _keys) = (key, script, tree, keys);
    }

    /// <summary>Which output it makes.</summary>
    public DescriptorKind Kind { get; }

    /// <summary>The text without checksum.</summary>
    public string Text { get; }

    /// <summary>True where a key ends in "*": one output an index.</summary>
    public bool IsRanged => _keys.Values.Any(key => key.IsRanged);

    /// <summary>Reads a descriptor.</summary>
    /// <param name="text">The text, with or without "#" and checksum.</param>
    /// <param name="network">Whose extended keys it may hold.</param>
    /// <param name="descriptor">The descriptor.</param>
    /// <param name="error">Why not.</param>
    /// <param name="requireChecksum">True refuses text without checksum.</param>
    public static bool TryParse(
        string? text,
        Network network,
        [NotNullWhen(true)] out Descriptor? descriptor,
        out DescriptorError error,
        bool requireChecksum = false)
    {
        ArgumentNullException.ThrowIfNull(network);
        descriptor = null;
        error = DescriptorReader.CheckText(text, requireChecksum, out var body);
        if (error == DescriptorError.None)
        {
            error = new DescriptorReader(network).Read(body, out descriptor);
        }

        return descriptor is not null;
    }

    /// <summary>
    /// Reads the descriptors that one text stands for: a key's step may name several numbers, as in "xpub.../&lt;0;1&gt;/*"
    /// for receiving and change (BIP389). Text without such a step is one descriptor.
    /// </summary>
    /// <param name="text">The text, with or without "#" and checksum.</param>
    /// <param name="network">Whose extended keys it may hold.</param>
    /// <param name="descriptors">The descriptors in the order of the numbers, 64 at most; empty where it is none.</param>
    /// <param name="error">Why not.</param>
    /// <param name="requireChecksum">True refuses text without checksum.</param>
    public static bool TryParseAll(
        string? text,
        Network network,
        out ImmutableArray<Descriptor> descriptors,
        out DescriptorError error,
        bool requireChecksum = false)
    {
        ArgumentNullException.ThrowIfNull(network);
        descriptors = [];
        error = DescriptorReader.CheckText(text, requireChecksum, out var body);
        if (error != DescriptorError.None)
        {
            return false;
        }

        if (!Multipath.TryExpand(body, out var bodies))
        {
            error = DescriptorError.Key;
            return false;
        }

        var builder = ImmutableArray.CreateBuilder<Descriptor>(bodies.Count);
        foreach (var one in bodies)
        {
            error = new DescriptorReader(network).Read(one, out var descriptor);
            if (descriptor is null)
            {
                return false;
            }

            builder.Add(descriptor);
        }

        descriptors = builder.MoveToImmutable();
        return true;
    }

    /// <summary>Reads a descriptor.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static Descriptor Parse(string text, Network network) =>
        TryParse(text, network, out var result, out var error)
            ? result
            : throw new FormatException($"Not a descriptor: {error}.");

    /// <summary>The witness script's miniscript, with the keys of one index; null for other kinds.</summary>
    /// <param name="index">Below 2^31.</param>
    public Miniscript? WitnessMiniscript(uint index = 0) => _script is null ? null : Derive(_script, index);

    /// <summary>The witness script; null for kinds without.</summary>
    /// <param name="index">Below 2^31.</param>
    public Script? WitnessScript(uint index = 0) => WitnessMiniscript(index)?.ToScript();

    /// <summary>The script tree; null for kinds without.</summary>
    /// <param name="index">Below 2^31.</param>
    public TapTree? Tree(uint index = 0) => _tree?.Build(script => Derive(script, index));

    /// <summary>The locking script at an index.</summary>
    /// <param name="index">Below 2^31; without "*" all are the same.</param>
    public Script ToScript(uint index = 0) => Kind switch
    {
        DescriptorKind.Pkh => Script.P2pkh(_key!.Derive(index)),
        DescriptorKind.Wpkh => Script.P2wpkh(_key!.Derive(index)),
        DescriptorKind.ShWpkh => Script.P2sh(Script.P2wpkh(_key!.Derive(index))),
        DescriptorKind.Wsh => Script.P2wsh(WitnessScript(index)!.Value),
        DescriptorKind.ShWsh => Script.P2sh(Script.P2wsh(WitnessScript(index)!.Value)),
        _ => Taproot.ToScript(_key!.Derive(index).XOnly, Tree(index)?.Hash),
    };

    /// <summary>Fills an input's fields of scripts, keys and their origins, so that any wallet can sign it.</summary>
    /// <param name="input">The input's map.</param>
    /// <param name="index">The index of the output that it spends.</param>
    public void UpdateInput(PsbtMap input, uint index = 0)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (Kind == DescriptorKind.Tr)
        {
            UpdateTaproot(input, index);
            return;
        }

        if (Kind is DescriptorKind.ShWpkh or DescriptorKind.ShWsh)
        {
            input.Set(PsbtInputType.RedeemScript, (Kind == DescriptorKind.ShWpkh
                ? Script.P2wpkh(_key!.Derive(index))
                : Script.P2wsh(WitnessScript(index)!.Value)).Memory);
        }

        if (WitnessScript(index) is { } script)
        {
            input.Set(PsbtInputType.WitnessScript, script.Memory);
        }

        foreach (var key in _keys.Values)
        {
            if (key.OriginAt(index) is { } origin)
            {
                input.Set(PsbtInputType.Origin, key.Derive(index).Span.ToArray(), origin.ToArray());
            }
        }
    }

    /// <summary>The text with its checksum.</summary>
    public override string ToString() => $"{Text}#{DescriptorChecksum.Compute(Text)}";

    private void UpdateTaproot(PsbtMap input, uint index)
    {
        var internalKey = _key!.Derive(index).XOnly;
        input.Set(PsbtInputType.TapInternalKey, internalKey.Span.ToArray());
        var leavesOf = new Dictionary<XOnlyPublicKey, List<Hash256>> { [internalKey] = [] };
        if (Tree(index) is { } tree)
        {
            input.Set(PsbtInputType.TapMerkleRoot, tree.Hash.ToArray());
            foreach (var (leaf, script) in tree.Leaves.Zip(_tree!.Leaves()))
            {
                input.Set(
                    PsbtInputType.TapLeafScript,
                    leaf.ControlBlock(internalKey),
                    (byte[])[.. leaf.Script.Span, leaf.Version]);
                foreach (var key in script.AllKeys().Select(key => _keys[key.Text].Derive(index).XOnly))
                {
                    (leavesOf.TryGetValue(key, out var list) ? list : leavesOf[key] = []).Add(leaf.Hash);
                }
            }
        }

        foreach (var key in _keys.Values)
        {
            if (key.OriginAt(index) is not { } origin)
            {
                continue;
            }

            var xOnly = key.Derive(index).XOnly;
            var writer = new Encoding.ByteWriter().CompactSize((ulong)leavesOf[xOnly].Count);
            leavesOf[xOnly].ForEach(leaf => writer.Hash256(leaf));
            input.Set(PsbtInputType.TapOrigin, xOnly.Span.ToArray(), writer.Bytes(origin.ToArray()).ToArray());
        }
    }

    private Miniscript Derive(Miniscript script, uint index) => script.WithKeys(key =>
    {
        var point = _keys[key.Text].Derive(index);
        return MiniscriptKey.Of((Kind == DescriptorKind.Tr ? point.XOnly.Span : point.Span).ToArray(), key.Text);
    });
}
