using System.Buffers.Binary;
using System.Text;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Bitcoin.Ledger;
using Market.Sharechain;

namespace Market.Chains.Stratum;

/// <summary>
/// What mining.notify says of a template, written once for all miners. Of two miners only the commitment differs, 32 bytes of
/// the main
/// coinbase's end: who writes a miner's line puts its own in their place.
/// </summary>
internal sealed class StratumPattern
{
    private const int BeforeScript = 4 + 1 + 36 + 1;
    private const int ExtraNonces = 2 * StratumWork.ExtraNonceBytes;

    // A coinbase of a few outputs; a longer one is copied elsewhere.
    private const int MostOnStack = 1_024;

    private readonly byte[] _text;
    private readonly byte[] _coinbase;
    private readonly int _extraNonceAt;
    private readonly int _commitmentAt;
    private readonly int _commitmentInText;

    /// <summary>Writes it.</summary>
    /// <param name="template">The template; the version bits that miners may roll are noughts in what is made from it.</param>
    public StratumPattern(ShareTemplate template)
    {
        var header = template.MainHeader;
        Template = template with { MainHeader = header with { Version = (int)((uint)header.Version & ~StratumWork.RollingMask) } };
        ShareDifficulty = StratumDifficulty.Of(template.ShareTarget);
        WeakDifficulty = StratumDifficulty.Of(template.HandInTarget);
        var writer = new ByteWriter(512);
        template.MainCoinbase.Write(writer, withWitness: false);
        _coinbase = writer.ToArray();
        _extraNonceAt = BeforeScript + template.ExtraNoncePlace;

        // Payouts stand in front of it, and nobody's script can know what it will be.
        Span<byte> commitment = stackalloc byte[Hash256.Length];
        template.Header.Commitment.CopyTo(commitment);
        _commitmentAt = _coinbase.AsSpan().LastIndexOf(commitment);
        _text = Encoding.ASCII.GetBytes(Write(out _commitmentInText));
    }

    /// <summary>The template.</summary>
    public ShareTemplate Template { get; }

    /// <summary>A result of this is a share.</summary>
    public double ShareDifficulty { get; }

    /// <summary>A result of this is taken by the row: the share's, or that of the easiest weak share.</summary>
    public double WeakDifficulty { get; }

    /// <summary>How long <see cref="WriteTo"/> is, in bytes.</summary>
    public int Length => _text.Length;

    /// <summary>Writes the parameters of mining.notify from the second to the last but one, each with the comma behind it.
    /// </summary>
    /// <param name="line">Where to.</param>
    /// <param name="commitment">What the miner's coinbase commits to; null for what the template's does.</param>
    public void WriteTo(Span<byte> line, Hash256? commitment)
    {
        _text.CopyTo(line);
        if (commitment is { } own)
        {
            Span<byte> bytes = stackalloc byte[Hash256.Length];
            own.CopyTo(bytes);
            Convert.TryToHexStringLower(bytes, line[_commitmentInText..], out _);
        }
    }

    /// <summary>The Merkle root of the main header, of the bytes of the coinbase alone: no transaction is made for it.</summary>
    /// <param name="commitment">What the miner's coinbase commits to; null for what the template's does.</param>
    /// <param name="extraNonces">Both extra nonces as they stand in the coinbase.</param>
    public Hash256 RootOf(Hash256? commitment, ReadOnlySpan<byte> extraNonces)
    {
        var coinbase = _coinbase.Length <= MostOnStack ? stackalloc byte[_coinbase.Length] : new byte[_coinbase.Length];
        _coinbase.CopyTo(coinbase);
        if (commitment is { } own)
        {
            own.CopyTo(coinbase[_commitmentAt..]);
        }

        extraNonces.CopyTo(coinbase[_extraNonceAt..]);
        return LedgerMerkle.FoldFirst(Hash256.DoubleSha256(coinbase), Template.Branch.AsSpan());
    }

    private string Write(out int commitmentAt)
    {
        var behind = _extraNonceAt + ExtraNonces;
        var text = new StringBuilder();
        text.Append('"').Append(PreviousOf(Template.MainHeader)).Append("\",\"")
            .Append(Hex.Encode(_coinbase.AsSpan(0, _extraNonceAt))).Append("\",\"");
        commitmentAt = text.Length + (2 * (_commitmentAt - behind));
        text.Append(Hex.Encode(_coinbase.AsSpan(behind))).Append("\",[");
        for (var i = 0; i < Template.Branch.Length; i++)
        {
            text.Append(i == 0 ? "\"" : ",\"").Append(Hex.Encode(Template.Branch[i].ToArray())).Append('"');
        }

        var header = Template.MainHeader;
        return text.Append($"],\"{(uint)header.Version:x8}\",\"{header.Bits.Bits:x8}\",\"{header.Time:x8}\",").ToString();
    }

    // Stratum's own order: words of four bytes as they are hashed, each turned about.
    private static string PreviousOf(BlockHeader header)
    {
        var bytes = header.Previous.Value.ToArray();
        for (var at = 0; at < bytes.Length; at += sizeof(uint))
        {
            var word = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(at), word);
        }

        return Hex.Encode(bytes);
    }
}
