using System.Buffers.Binary;
using System.Text;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Sharechain;

namespace Market.Chains.Stratum;

/// <summary>
/// Work for one address as mining.notify says it. The main coinbase is cut where its extra nonce stands: four bytes are the
/// connection's, four the miner's.
/// </summary>
public sealed class StratumWork
{
    /// <summary>Bytes of extranonce1, and of extranonce2.</summary>
    public const int ExtraNonceBytes = 4;

    /// <summary>Version bits that miners may roll (BIP320). They are noughts in every job: some firmware sends the bits themselves,
    /// some what differs from the job's.</summary>
    public const uint RollingMask = 0x1fffe000;

    private const int BeforeScript = 4 + 1 + 36 + 1;

    private readonly byte[] _middle;

    /// <summary>Cuts a template.</summary>
    public StratumWork(ShareTemplate template)
    {
        ArgumentNullException.ThrowIfNull(template);
        var header = template.MainHeader;
        Template = template with { MainHeader = header with { Version = (int)((uint)header.Version & ~RollingMask) } };
        ShareDifficulty = StratumDifficulty.Of(template.ShareTarget);
        WeakDifficulty = StratumDifficulty.Of(template.HandInTarget);
        _middle = Encoding.ASCII.GetBytes(Middle(Template));
    }

    /// <summary>What a result is put into.</summary>
    public ShareTemplate Template { get; }

    /// <summary>A result of this is a share.</summary>
    public double ShareDifficulty { get; }

    /// <summary>A result of this is taken by the row: the share's, or that of the easiest weak share.</summary>
    public double WeakDifficulty { get; }

    /// <summary>True where the sharechain takes weak shares.</summary>
    public bool HasWeak => Template.HandInTarget != Template.ShareTarget;

    /// <summary>Whether results of the one are still worth something once the other is there: both stand on the same share and the
    /// same mainchain block.</summary>
    public bool IsBeside(StratumWork other) => Template.Header.Parent == other.Template.Header.Parent
        && Template.MainHeader.Previous == other.Template.MainHeader.Previous;

    /// <summary>The line that gives it.</summary>
    /// <param name="job">The name by which results speak of it.</param>
    /// <param name="clean">True where whatever was given before is worth nothing any more.</param>
    public byte[] Notify(string job, bool clean)
    {
        var front = Encoding.ASCII.GetBytes($$"""{"id":null,"method":"mining.notify","params":["{{job}}",""");
        return [.. front, .. _middle, .. clean ? "true]}\n"u8 : "false]}\n"u8];
    }

    private static string Middle(ShareTemplate template)
    {
        var writer = new ByteWriter(512);
        template.MainCoinbase.Write(writer, withWitness: false);
        var coinbase = writer.ToArray();
        var cut = BeforeScript + template.ExtraNoncePlace;
        var text = new StringBuilder();
        text.Append('"').Append(PreviousOf(template.MainHeader)).Append("\",\"")
            .Append(Hex.Encode(coinbase.AsSpan(0, cut))).Append("\",\"")
            .Append(Hex.Encode(coinbase.AsSpan(cut + (2 * ExtraNonceBytes)))).Append("\",[");
        for (var i = 0; i < template.Branch.Length; i++)
        {
            text.Append(i == 0 ? "\"" : ",\"").Append(Hex.Encode(template.Branch[i].ToArray())).Append('"');
        }

        var header = template.MainHeader;
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
