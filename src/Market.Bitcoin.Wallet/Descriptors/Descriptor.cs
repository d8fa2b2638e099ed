using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Market.Bitcoin.Wallet;

/// <summary>Which output a descriptor makes.</summary>
public enum DescriptorKind
{
    /// <summary>pkh(key).</summary>
    Pkh,

    /// <summary>wpkh(key).</summary>
    Wpkh,

    /// <summary>sh(wpkh(key)).</summary>
    ShWpkh,

    /// <summary>wsh(miniscript).</summary>
    Wsh,

    /// <summary>sh(wsh(miniscript)).</summary>
    ShWsh,

    /// <summary>tr(key) or tr(key,tree).</summary>
    Tr,
}

/// <summary>
/// An output descriptor (BIP380 to BIP386): what a wallet needs to know of its outputs, without secrets. Immutable.
/// </summary>
public sealed partial class Descriptor
{
    private readonly DescriptorKey? _key;
    private readonly Miniscript? _script;
    private readonly DescriptorTree? _tree;
    private readonly ImmutableDictionary<string, DescriptorKey> _keys;

    private Descriptor(
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

/// <summary>A taproot descriptor's tree.</summary>
/// <param name="Leaf">The leaf's miniscript; null for a branch.</param>
/// <param name="Left">A branch's left side.</param>
/// <param name="Right">A branch's right side.</param>
internal sealed record DescriptorTree(Miniscript? Leaf, DescriptorTree? Left = null, DescriptorTree? Right = null)
{
    public TapTree Build(Func<Miniscript, Miniscript> derive) => Leaf is not null
        ? TapTree.Leaf(derive(Leaf).ToScript())
        : TapTree.Branch(Left!.Build(derive), Right!.Build(derive));

    public IEnumerable<Miniscript> Leaves() => Leaf is not null ? [Leaf] : Left!.Leaves().Concat(Right!.Leaves());
}
