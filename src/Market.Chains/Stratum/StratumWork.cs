using System.Text;
using Market.Bitcoin;
using Market.Sharechain;

namespace Market.Chains.Stratum;

/// <summary>
/// Work for one address as mining.notify says it. The main coinbase is cut where its extra nonce stands: four bytes are the
/// connection's, four the miner's. What only a result needs is made when one comes.
/// </summary>
public sealed class StratumWork
{
    /// <summary>Bytes of extranonce1, and of extranonce2.</summary>
    public const int ExtraNonceBytes = 4;

    /// <summary>Version bits that miners may roll (BIP320). They are noughts in every job: some firmware sends the bits themselves,
    /// some what differs from the job's.</summary>
    public const uint RollingMask = 0x1fffe000;

    private readonly StratumPattern _pattern;
    private readonly Script _miner;

    // All that differs from the pattern, where anything does: many jobs of an address are kept, and none keeps its line.
    private readonly Hash256? _commitment;
    private ShareTemplate? _template;

    /// <summary>Cuts a template that is addressed already.</summary>
    public StratumWork(ShareTemplate template)
    {
        ArgumentNullException.ThrowIfNull(template);
        _pattern = new StratumPattern(template);
        _template = _pattern.Template;
    }

    private StratumWork(StratumPattern pattern, Script miner)
    {
        (_pattern, _miner) = (pattern, miner);
        _commitment = pattern.Template.HeaderPaidTo(miner).Commitment;
    }

    /// <summary>What a share is made from.</summary>
    public ShareTemplate Template => _template ??= _pattern.Template.PaidTo(_miner);

    /// <summary>A result of this is a share.</summary>
    public double ShareDifficulty => _pattern.ShareDifficulty;

    /// <summary>A result of this is taken by the row: the share's, or that of the easiest weak share.</summary>
    public double WeakDifficulty => _pattern.WeakDifficulty;

    /// <summary>True where the sharechain takes weak shares.</summary>
    public bool HasWeak => _pattern.Template.HandInTarget != _pattern.Template.ShareTarget;

    /// <summary>The mainchain block that it stands on.</summary>
    public BlockId Previous => _pattern.Template.MainHeader.Previous;

    /// <summary>The main header that is hashed, but for its Merkle root, which is the miner's.</summary>
    internal BlockHeader MainHeader => _pattern.Template.MainHeader;

    /// <summary>The time of the share's header, Unix seconds.</summary>
    internal uint ShareTime => _pattern.Template.Header.Time;

    /// <summary>A hash at or below this is handed in.</summary>
    internal CompactTarget HandInTarget => _pattern.Template.HandInTarget;

    /// <summary>A hash at or below this makes a mainchain block.</summary>
    internal CompactTarget MainTarget => _pattern.Template.MainTarget;

    /// <summary>The main header's Merkle root.</summary>
    /// <param name="extraNonces">Both extra nonces as they stand in the coinbase.</param>
    internal Hash256 RootOf(ReadOnlySpan<byte> extraNonces) => _pattern.RootOf(_commitment, extraNonces);

    /// <summary>Work for a miner.</summary>
    /// <param name="pattern">Of the template that was built for all.</param>
    /// <param name="miner">The script that its sharebase pays.</param>
    internal static StratumWork Of(StratumPattern pattern, Script miner) => pattern.Template.PaysItself
        ? new StratumWork(pattern.Template.PaidTo(miner))
        : new StratumWork(pattern, miner);

    /// <summary>Whether results of the one are still worth something once the other is there: both stand on the same share and the
    /// same mainchain block.</summary>
    public bool IsBeside(StratumWork other) =>
        _pattern.Template.Header.Parent == other._pattern.Template.Header.Parent && Previous == other.Previous;

    /// <summary>The line that gives it.</summary>
    /// <param name="job">The name by which results speak of it: ASCII.</param>
    /// <param name="clean">True where whatever was given before is worth nothing any more.</param>
    public byte[] Notify(string job, bool clean)
    {
        var front = """{"id":null,"method":"mining.notify","params":["""u8;
        var end = clean ? "true]}\n"u8 : "false]}\n"u8;
        var line = new byte[front.Length + job.Length + 3 + _pattern.Length + end.Length];
        front.CopyTo(line);
        var at = front.Length;
        line[at++] = (byte)'"';
        at += Encoding.ASCII.GetBytes(job, line.AsSpan(at));
        line[at++] = (byte)'"';
        line[at++] = (byte)',';
        _pattern.WriteTo(line.AsSpan(at), _commitment);
        end.CopyTo(line.AsSpan(at + _pattern.Length));
        return line;
    }
}
