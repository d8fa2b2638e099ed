using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Market.Hashing;

/// <summary>What a scan did.</summary>
/// <param name="Found">How many results were written.</param>
/// <param name="Scanned">How many nonces were tried, from the first on; fewer than asked when results ran full.</param>
public readonly record struct ScanResult(int Found, long Scanned);

/// <summary>A header that meets the target.</summary>
/// <param name="Version">The header's version, bytes 0 to 3 little-endian.</param>
/// <param name="Nonce">The header's nonce, bytes 76 to 79 little-endian.</param>
public readonly record struct VersionedNonce(uint Version, uint Nonce);

/// <summary>Looks for nonces that bring a block header's double hash to a target or below.</summary>
/// <remarks>
/// A scan is one pure call over a range of nonces: the caller cuts the work into chunks, spreads them over threads and
/// looks between them whether to go on. 2^16 to 2^20 nonces a call cost a few milliseconds to a tenth of a second.
/// </remarks>
public static class NonceScanner
{
    /// <summary>The most versions one scan takes.</summary>
    public const int MaxVersions = 16;

    /// <summary>Tries <paramref name="count"/> nonces from <paramref name="startNonce"/> on.</summary>
    /// <param name="header">80 bytes; the nonce in it (bytes 76 to 79) is not looked at.</param>
    /// <param name="startNonce">The first nonce.</param>
    /// <param name="count">How many: 0 up to what is left below 2^32.</param>
    /// <param name="target">32 bytes, a little-endian number: hashes read the same way must not exceed it.</param>
    /// <param name="results">Nonces found, ascending. The scan stops when it is full; empty finds nothing.</param>
    /// <exception cref="ArgumentException">A length or the range is wrong.</exception>
    public static ScanResult Scan(
        ReadOnlySpan<byte> header, uint startNonce, long count, ReadOnlySpan<byte> target, Span<uint> results) =>
        Scan(header, startNonce, count, target, results, HashKernels.Active);

    /// <summary>The same with a kernel chosen by name.</summary>
    /// <inheritdoc cref="Scan(ReadOnlySpan{byte}, uint, long, ReadOnlySpan{byte}, Span{uint})"/>
    public static ScanResult Scan(
        ReadOnlySpan<byte> header, uint startNonce, long count, ReadOnlySpan<byte> target, Span<uint> results,
        HashKernel kernel)
    {
        CheckArguments(header, startNonce, count, target);
        if (count == 0 || results.IsEmpty) return default;
        ReadOnlySpan<uint> versions = [BinaryPrimitives.ReadUInt32LittleEndian(header)];
        return Run(header, versions, startNonce, count, target, new Sink(results), kernel);
    }

    /// <summary>
    /// Tries <paramref name="count"/> nonces under each of several versions (BIP320's version rolling), which share
    /// the message schedule of the header's second block and so cost less than scanning one after the other.
    /// </summary>
    /// <param name="header">80 bytes; version (bytes 0 to 3) and nonce (bytes 76 to 79) are not looked at.</param>
    /// <param name="versions">1 to <see cref="MaxVersions"/> versions, all different.</param>
    /// <param name="startNonce">The first nonce.</param>
    /// <param name="count">How many nonces, each under every version: 0 up to what is left below 2^32.</param>
    /// <param name="target">32 bytes, a little-endian number: hashes read the same way must not exceed it.</param>
    /// <param name="results">
    /// What was found, by nonce and then in the order of <paramref name="versions"/>. The scan stops when it is full,
    /// and then the last nonce may be tried under some versions only; empty finds nothing.
    /// </param>
    /// <exception cref="ArgumentException">A length, the range or the number of versions is wrong.</exception>
    public static ScanResult ScanVersions(
        ReadOnlySpan<byte> header, ReadOnlySpan<uint> versions, uint startNonce, long count,
        ReadOnlySpan<byte> target, Span<VersionedNonce> results) =>
        ScanVersions(header, versions, startNonce, count, target, results, HashKernels.Active);

    /// <summary>The same with a kernel chosen by name.</summary>
    /// <inheritdoc
    /// cref="ScanVersions(ReadOnlySpan{byte}, ReadOnlySpan{uint}, uint, long, ReadOnlySpan{byte}, Span{VersionedNonce})"/>
    public static ScanResult ScanVersions(
        ReadOnlySpan<byte> header, ReadOnlySpan<uint> versions, uint startNonce, long count,
        ReadOnlySpan<byte> target, Span<VersionedNonce> results, HashKernel kernel)
    {
        CheckArguments(header, startNonce, count, target);
        if (versions.Length is 0 or > MaxVersions)
        {
            throw new ArgumentException($"A scan takes 1 to {MaxVersions} versions.", nameof(versions));
        }

        if (count == 0 || results.IsEmpty) return default;
        return Run(header, versions, startNonce, count, target, new Sink(results), kernel);
    }

    private static void CheckArguments(
        ReadOnlySpan<byte> header, uint startNonce, long count, ReadOnlySpan<byte> target)
    {
        if (header.Length != HeaderHasher.HeaderSize)
        {
            throw new ArgumentException("A header takes 80 bytes.", nameof(header));
        }

        if (target.Length != 32) throw new ArgumentException("A target takes 32 bytes.", nameof(target));
        if (count < 0 || startNonce + (ulong)count > 1UL << 32)
        {
            throw new ArgumentOutOfRangeException(nameof(count), count, "The range must stay below 2^32.");
        }
    }

    [SkipLocalsInit]
    private static unsafe ScanResult Run(
        ReadOnlySpan<byte> header, ReadOnlySpan<uint> versions, uint startNonce, long count,
        ReadOnlySpan<byte> target, Sink sink, HashKernel kernel)
    {
        uint* midstates = stackalloc uint[8 * MaxVersions];
        uint* masks = stackalloc uint[MaxVersions];
        uint* tail = stackalloc uint[3];
        byte* block = stackalloc byte[2 * Sha256Block.BlockSize];
        header[..64].CopyTo(new Span<byte>(block, 64));
        for (int v = 0; v < versions.Length; v++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(new Span<byte>(block, 4), versions[v]);
            Sha256Block.Initialize(midstates + 8 * v);
            Sha256Block.Compress(midstates + 8 * v, block);
        }

        Sha256Padding.WriteTail(header[64..], HeaderHasher.HeaderSize, block);
        for (int i = 0; i < 3; i++) tail[i] = BinaryPrimitives.ReadUInt32BigEndian(header[(64 + 4 * i)..]);
        ScanJob job = new(midstates, versions.Length, tail, BinaryPrimitives.ReadUInt32LittleEndian(target[28..]));

        int lanes = HashKernels.Lanes(kernel);
        for (long done = 0; done < count; done += lanes)
        {
            uint nonce = (uint)(startNonce + done);
            long groups = (count - done + lanes - 1) / lanes;
            long group = versions.Length == 1
                ? LaneKernels.Scan(kernel, job, nonce, groups, masks)
                : LaneKernels.ScanVersions(kernel, job, nonce, groups, masks);
            if (group == groups) break;
            done += group * lanes;
            int inRange = (int)Math.Min(lanes, count - done);
            for (int lane = 0; lane < inRange; lane++)
            {
                nonce = (uint)(startNonce + done + lane);
                for (int v = 0; v < versions.Length; v++)
                {
                    if ((masks[v] >> lane & 1) == 0 || !Meets(midstates + 8 * v, block, nonce, target)) continue;
                    sink.Add(versions[v], nonce);
                    if (sink.IsFull) return new ScanResult(sink.Count, done + lane + 1);
                }
            }
        }

        return new ScanResult(sink.Count, count);
    }

    // The kernels compare the top 32 bits only; the few that pass are hashed again as a whole.
    [SkipLocalsInit]
    private static unsafe bool Meets(uint* midstate, byte* tailBlock, uint nonce, ReadOnlySpan<byte> target)
    {
        uint* state = stackalloc uint[8];
        byte* hash = stackalloc byte[Sha256d.Size];
        Unsafe.CopyBlockUnaligned(state, midstate, 32);
        BinaryPrimitives.WriteUInt32LittleEndian(new Span<byte>(tailBlock + 12, 4), nonce);
        Sha256Block.Compress(state, tailBlock);
        Sha256Block.Store(state, hash);
        Sha256Padding.HashDigest(hash, hash);
        return IsAtMost(hash, target);
    }

    private static unsafe bool IsAtMost(byte* hash, ReadOnlySpan<byte> target)
    {
        for (int i = 24; i >= 0; i -= 8)
        {
            ulong h = Unsafe.ReadUnaligned<ulong>(hash + i);
            ulong t = BinaryPrimitives.ReadUInt64LittleEndian(target[i..]);
            if (h != t) return h < t;
        }

        return true;
    }

    /// <summary>Where results go: nonces alone, or with their versions.</summary>
    private ref struct Sink
    {
        private readonly Span<uint> _nonces;
        private readonly Span<VersionedNonce> _versioned;

        public Sink(Span<uint> nonces) => _nonces = nonces;

        public Sink(Span<VersionedNonce> versioned) => _versioned = versioned;

        public int Count { get; private set; }

        public readonly bool IsFull => Count == _nonces.Length + _versioned.Length;

        public void Add(uint version, uint nonce)
        {
            if (_versioned.IsEmpty) _nonces[Count] = nonce;
            else _versioned[Count] = new VersionedNonce(version, nonce);
            Count++;
        }
    }
}
