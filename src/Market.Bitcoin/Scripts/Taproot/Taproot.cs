namespace Market.Bitcoin;

/// <summary>BIP341's output keys and script trees.</summary>
public static class Taproot
{
    /// <summary>The leaf version of tapscript (BIP342).</summary>
    public const byte TapscriptLeafVersion = 0xc0;

    /// <summary>Longest way from leaf to root.</summary>
    public const int MaxDepth = 128;

    /// <summary>The hash of a leaf.</summary>
    public static Hash256 LeafHash(Script script, byte leafVersion = TapscriptLeafVersion)
    {
        Span<byte> prefix = stackalloc byte[10];
        prefix[0] = leafVersion;
        var length = 1 + WriteCompactSize(prefix[1..], script.Length);
        return TapTags.Leaf.Of(prefix[..length], script.Span);
    }

    /// <summary>The hash of a branch: the smaller child comes first.</summary>
    public static Hash256 BranchHash(Hash256 left, Hash256 right)
    {
        Span<byte> pair = stackalloc byte[64];
        var ordered = left.CompareTo(right) <= 0;
        (ordered ? left : right).CopyTo(pair);
        (ordered ? right : left).CopyTo(pair[32..]);
        return TapTags.Branch.Of(pair);
    }

    /// <summary>The tweak of an internal key.</summary>
    /// <param name="internalKey">The key.</param>
    /// <param name="root">The script tree's root; null where there is none.</param>
    public static Hash256 Tweak(XOnlyPublicKey internalKey, Hash256? root)
    {
        ArgumentNullException.ThrowIfNull(internalKey);
        Span<byte> hash = stackalloc byte[32];
        root.GetValueOrDefault().CopyTo(hash);
        return TapTags.Tweak.Of(internalKey.Span, root is null ? [] : hash);
    }

    /// <summary>The output key of an internal key and a script tree.</summary>
    /// <param name="internalKey">The key.</param>
    /// <param name="root">The script tree's root; null where there is none (BIP86).</param>
    /// <param name="isOdd">The output key's parity, which a control block states.</param>
    /// <exception cref="ArgumentException">The tweak is no scalar: never by chance.</exception>
    public static XOnlyPublicKey OutputKey(XOnlyPublicKey internalKey, Hash256? root, out bool isOdd)
    {
        ArgumentNullException.ThrowIfNull(internalKey);
        Span<byte> tweak = stackalloc byte[32];
        Tweak(internalKey, root).CopyTo(tweak);
        return internalKey.TryAddTweak(tweak, out var output, out isOdd)
            ? output
            : throw new ArgumentException("This key and tree have no output key.", nameof(internalKey));
    }

    /// <summary>The private key that signs for an output key.</summary>
    /// <param name="internalKey">The internal key's secret.</param>
    /// <param name="root">The script tree's root; null where there is none (BIP86).</param>
    /// <exception cref="ArgumentException">The tweak is no scalar: never by chance.</exception>
    public static PrivateKey OutputPrivateKey(PrivateKey internalKey, Hash256? root)
    {
        ArgumentNullException.ThrowIfNull(internalKey);
        Span<byte> tweak = stackalloc byte[32];
        Tweak(internalKey.PublicKey.XOnly, root).CopyTo(tweak);
        return internalKey.TryAddXOnlyTweak(tweak, out var output)
            ? output
            : throw new ArgumentException("This key and tree have no output key.", nameof(internalKey));
    }

    /// <summary>Pay to an internal key with a script tree or none.</summary>
    public static Script ToScript(XOnlyPublicKey internalKey, Hash256? root = null) =>
        Script.P2tr(OutputKey(internalKey, root, out _));

    /// <summary>Tells whether a control block leads from a leaf to an output key (BIP341).</summary>
    /// <param name="outputKey">32 bytes.</param>
    /// <param name="controlBlock">A byte of leaf version and parity, the internal key, nodes of 32 bytes.</param>
    /// <param name="leaf">The leaf's hash.</param>
    public static bool IsCommitted(ReadOnlySpan<byte> outputKey, ReadOnlySpan<byte> controlBlock, Hash256 leaf)
    {
        if (outputKey.Length != 32 || controlBlock.Length < 33 || (controlBlock.Length - 33) % 32 != 0)
        {
            return false;
        }

        var node = leaf;
        for (var rest = controlBlock[33..]; !rest.IsEmpty; rest = rest[32..])
        {
            node = BranchHash(node, new Hash256(rest[..32]));
        }

        Span<byte> bytes = stackalloc byte[Hash256.Length];
        node.CopyTo(bytes);
        var internalKey = controlBlock.Slice(1, 32);
        TapTags.Tweak.Hash(internalKey, bytes, bytes);
        return Curve.CheckTweak(outputKey, (controlBlock[0] & 1) != 0, internalKey, bytes);
    }

    private static int WriteCompactSize(Span<byte> destination, int value)
    {
        if (value < 0xfd)
        {
            destination[0] = (byte)value;
            return 1;
        }

        destination[0] = value <= 0xffff ? (byte)0xfd : (byte)0xfe;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(destination[1..], (uint)value);
        return value <= 0xffff ? 3 : 5;
    }
}
