using System.Buffers;
using System.Text;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Hashing;

namespace Market.Sharechain;

/// <summary>
/// What an authority says of a market in one output of no value of a share transaction: OP_RETURN push("mkt1" · authority 32 ·
/// market key 32 · number u32 · until u32 · length u8, address · length u8, terms · signature 64), integers little-endian, the
/// push in its shortest form. What is not exactly of this form announces nothing.
/// </summary>
/// <param name="Authority">The x-only key that late work registered; it signs.</param>
/// <param name="Market">The x-only key that the market answers with.</param>
/// <param name="Number">An authority's announcement is replaced by one of a higher number only: an old one sent again changes
/// nothing.</param>
/// <param name="Until">The mainchain height up to which it stands; the authority's term may end it before.</param>
/// <param name="Address">Where the market is: http:// or https://, host, and :port where it is not the scheme's own.</param>
/// <param name="Terms">What it asks and promises, in one line of printable ASCII.</param>
/// <param name="Signature">BIP340 by the authority over <see cref="Digest"/>, 64 bytes.</param>
public sealed record MarketAnnouncement(
    Hash256 Authority, Hash256 Market, uint Number, int Until, string Address, string Terms, ReadOnlyMemory<byte> Signature)
{
    /// <summary>Characters of an address at most.</summary>
    public const int MostAddress = 100;

    /// <summary>Characters of the terms at most.</summary>
    public const int MostTerms = 120;

    /// <summary>Of a share only the first so many count that authorities signed. What they did not sign takes nobody's place: how
    /// many signatures are looked at is bounded by the share's weight.</summary>
    public const int MostOfShare = 4;

    private const int SignatureLength = 64;
    private const int DirectPush = 0x4b;

    private static readonly TaggedHasher Tag = new("market/directory");
    private static readonly SearchValues<char> HostLetters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-.");
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789");

    private static ReadOnlySpan<byte> Mark => "mkt1"u8;

    /// <summary>What the authority signs: BIP340's tagged hash ("market/directory") of the sharechain's genesis id and all bytes
    /// between the mark and the signature. One of another sharechain says nothing here.</summary>
    /// <param name="genesis">The first share's id.</param>
    public byte[] Digest(ShareId genesis)
    {
        var digest = new byte[Hash256.Length];
        Tag.Hash(genesis.Value.ToArray(), Body(), digest);
        return digest;
    }

    /// <summary>Whether the authority signed it for this sharechain.</summary>
    /// <param name="genesis">The first share's id.</param>
    public bool IsSigned(ShareId genesis) =>
        XOnlyPublicKey.TryParse(Authority.ToArray(), out var key)
        && SchnorrSignature.TryParse(Signature.Span, out var signature)
        && key.Verify(Digest(genesis), signature);

    /// <summary>The output that says it.</summary>
    public TxOut ToOutput() => new(
        Amount.Zero, new ScriptBuilder().Op(Opcode.OP_RETURN).PushBytes([.. Mark, .. Body(), .. Signature.Span]).Build());

    /// <summary>Why an address is none that is announced, in words; null where it is one.</summary>
    /// <param name="address">The whole of it.</param>
    public static string? WrongWithAddress(string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.Length > MostAddress)
        {
            return $"An address has at most {MostAddress} characters.";
        }

        var (scheme, own) = address.StartsWith("https://", StringComparison.Ordinal) ? (8, "443")
            : address.StartsWith("http://", StringComparison.Ordinal) ? (7, "80") : (0, "");
        var rest = address[scheme..];
        var colon = rest.IndexOf(':', StringComparison.Ordinal);
        var (host, port) = colon < 0 ? (rest, null) : (rest[..colon], rest[(colon + 1)..]);
        return scheme == 0 ? "An address begins with https:// or http://, in lower case."
            : host.Length == 0 || host.AsSpan().ContainsAnyExcept(HostLetters) || host[0] is '.' or '-' || host[^1] is '.' or '-'
                || host.Contains("..", StringComparison.Ordinal)
                ? "A host is lower case letters, digits, hyphens and dots; nothing follows host and port."
            : port is null ? null
            : port.Length is 0 or > 5 || port.AsSpan().ContainsAnyExcept(Digits) || port[0] == '0' || int.Parse(
                port, System.Globalization.CultureInfo.InvariantCulture) > ushort.MaxValue || port == own
                ? "A port is a number from 1 to 65535 without leading zeros, and left out where it is the scheme's own."
            : null;
    }

    /// <summary>Why terms are none that are announced, in words; null where they are.</summary>
    /// <param name="terms">The whole of them.</param>
    public static string? WrongWithTerms(string terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        return terms.Length > MostTerms ? $"Terms have at most {MostTerms} characters."
            : terms.Any(letter => letter is < ' ' or > '~') ? "Terms are printable ASCII in one line."
            : null;
    }

    /// <summary>All that a share's transactions announce, in order, signed or not.</summary>
    public static IEnumerable<MarketAnnouncement> ReadAll(ShareBlock share)
    {
        ArgumentNullException.ThrowIfNull(share);
        return share.Transactions.SelectMany(transaction => transaction.Outputs).Select(Read).OfType<MarketAnnouncement>();
    }

    /// <summary>What an output announces; null where it announces nothing.</summary>
    public static MarketAnnouncement? Read(TxOut output)
    {
        if (output.Value != Amount.Zero || Content(output.ScriptPubKey.Memory) is not { } bytes || !bytes.Span.StartsWith(Mark))
        {
            return null;
        }

        var reader = new ByteReader(bytes[Mark.Length..]);
        var found = Read(ref reader);
        reader.ExpectEnd();
        return reader.Failed ? null : found;
    }

    /// <summary>Writes all but the mark.</summary>
    internal void Write(ByteWriter writer) => writer.Bytes(Body()).Bytes(Signature.Span);

    /// <summary>Reads what <see cref="Write"/> wrote; the reader holds the error.</summary>
    internal static MarketAnnouncement? Read(ref ByteReader reader)
    {
        var (authority, market) = (reader.ReadHash256(), reader.ReadHash256());
        var (number, until) = (reader.ReadUInt32(), reader.ReadInt32());
        var address = Text(reader.ReadBytes(reader.ReadByte()));
        var terms = Text(reader.ReadBytes(reader.ReadByte()));
        var signature = reader.ReadBytes(SignatureLength);
        if (until < 0 || WrongWithAddress(address) is not null || WrongWithTerms(terms) is not null)
        {
            reader.Fail(ParseError.InvalidValue);
        }

        return reader.Failed ? null : new MarketAnnouncement(authority, market, number, until, address, terms, signature);
    }

    // A byte that is no ASCII becomes a character that neither an address nor terms may have.
    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.Latin1.GetString(bytes.Span);

    private byte[] Body()
    {
        var (address, terms) = (Encoding.ASCII.GetBytes(Address), Encoding.ASCII.GetBytes(Terms));
        return new ByteWriter().Hash256(Authority).Hash256(Market).UInt32(Number).Int32(Until)
            .Byte((byte)address.Length).Bytes(address).Byte((byte)terms.Length).Bytes(terms).ToArray();
    }

    // The one push behind OP_RETURN in its shortest form.
    private static ReadOnlyMemory<byte>? Content(ReadOnlyMemory<byte> script)
    {
        var bytes = script.Span;
        if (bytes.Length < 4 || bytes[0] != (byte)Opcode.OP_RETURN)
        {
            return null;
        }

        var (length, from) = bytes[1] switch
        {
            (byte)Opcode.OP_PUSHDATA1 when bytes[2] > DirectPush => (bytes[2], 3),
            (byte)Opcode.OP_PUSHDATA2 when bytes[3] > 0 => (bytes[2] | (bytes[3] << 8), 4),
            _ => (-1, 0),
        };
        return length == bytes.Length - from ? script[from..] : null;
    }
}
