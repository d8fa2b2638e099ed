using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Bitcoin.Ledger;
using Market.Contracts;
using Market.Hashing;
using Market.Standing;

namespace Market.Client.Standing;

/// <summary>Solves the market's puzzles for an account, on threads of its own.</summary>
/// <param name="account">Hex of the account's x-only key.</param>
/// <param name="threads">How many work at once; each takes 16 MiB for memory-hard work.</param>
public sealed class TicketSolver(string account, int threads)
{
    // Hashes between looks at whether to stop.
    private const int Told = 1 << 16;

    private readonly Hash256 _account = new(Hex.Decode(account));

    /// <summary>Solves memory-hard work.</summary>
    /// <param name="task">The puzzle.</param>
    /// <param name="difficulty">Tries that it takes on average.</param>
    /// <param name="tried">Told after each try how many there were; from any thread.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<HandInTicket> SolveMemoryAsync(
        TicketTask task, int difficulty, Action<long>? tried = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(task);
        var memory = task.Memory ?? throw new ArgumentException("It is no puzzle of memory-hard work.", nameof(task));
        var ticket = new MemoryTicket(
            new TicketBinding(task.Host, _account, default), new Hash256(Hex.Decode(memory.Seed)), difficulty);
        var own = BinaryPrimitives.ReadUInt64BigEndian(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        var (count, done) = (0L, 0L);
        var nonce = await FirstAsync(
            stop =>
            {
                while (!stop.IsCancellationRequested)
                {
                    var next = MemoryTicket.NonceOf(own, (ulong)Interlocked.Increment(ref count));
                    var isSolved = ticket.IsSolvedBy(next);
                    tried?.Invoke(Interlocked.Increment(ref done));
                    if (isSolved)
                    {
                        return next;
                    }
                }

                return null;
            },
            cancellation).ConfigureAwait(false);
        return new HandInTicket
        {
            Kind = TicketKind.Memory,
            Memory = new MemorySolution { Seed = memory.Seed, Difficulty = difficulty, Nonce = Hex.Encode(nonce) },
        };
    }

    /// <summary>Solves recycled work.</summary>
    /// <param name="task">The puzzle.</param>
    /// <param name="parts">It takes so many parts less work than a share.</param>
    /// <param name="tried">Told now and then how many hashes there were; from any thread.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<HandInTicket> SolveWorkAsync(
        TicketTask task, int parts, Action<long>? tried = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(task);
        var work = task.Work ?? throw new ArgumentException("It is no puzzle of recycled work.", nameof(task));
        if (!BlockHeader.TryParse(Hex.Decode(work.Header), out var header)
            || !new CompactTarget(uint.Parse(work.ShareBits, NumberStyles.HexNumber,
                CultureInfo.InvariantCulture)).TryExpand(out var share))
        {
            throw new ArgumentException("The market's work is none.", nameof(task));
        }

        var target = U256.FromBigInteger(
            BigInteger.Min(share.ToBigInteger() * parts, (BigInteger.One << 256) - 1));
        var hashes = 0L;
        var found = await FirstAsync(
            stop =>
            {
                while (!stop.IsCancellationRequested)
                {
                    var salt = BinaryPrimitives.ReadUInt64BigEndian(RandomNumberGenerator.GetBytes(sizeof(ulong)));
                    var bound = header with { MerkleRoot = RootOf(work, new WorkTicket(Binding(task), parts, salt)) };
                    if (Scan(bound, target, value => tried?.Invoke(Interlocked.Add(ref hashes, value)), stop) is { } solved)
                    {
                        return new Found(salt, solved);
                    }
                }

                return null;
            },
            cancellation).ConfigureAwait(false);
        var salt = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(salt, found.Salt);
        return new HandInTicket
        {
            Kind = TicketKind.Work,
            Work = new WorkSolution
            {
                Template = work.Template,
                Script = work.Script,
                Parts = parts,
                Salt = Hex.Encode(salt),
                Header = Hex.Encode(found.Header.ToArray()),
            },
        };
    }

    private TicketBinding Binding(TicketTask task) => new(task.Host, _account, default);

    private static Hash256 RootOf(WorkTask work, WorkTicket ticket)
    {
        var extra = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(extra, ticket.ExtraNonce);
        byte[] coinbase = [.. Hex.Decode(work.CoinbaseFront), .. extra, .. Hex.Decode(work.CoinbaseBack)];
        ImmutableArray<Hash256> branch = [.. work.Branch.Select(hash => new Hash256(Hex.Decode(hash)))];
        return LedgerMerkle.FoldFirst(Hash256.DoubleSha256(coinbase), branch.AsSpan());
    }

    private static BlockHeader? Scan(BlockHeader header, U256 target, Action<long> tried, CancellationToken stop)
    {
        Span<byte> bytes = stackalloc byte[BlockHeader.Length];
        Span<byte> limit = stackalloc byte[Hash256.Length];
        Span<uint> found = stackalloc uint[1];
        header.CopyTo(bytes);
        target.WriteLittleEndian(limit);
        for (long nonce = 0; nonce <= uint.MaxValue && !stop.IsCancellationRequested; nonce += Told)
        {
            var scan = NonceScanner.Scan(bytes, (uint)nonce, Told, limit, found);
            tried(scan.Scanned);
            if (scan.Found > 0)
            {
                return header with { Nonce = found[0] };
            }
        }

        return null;
    }

    // Threads of its own: the pool is not for work that waits for nothing.
    private async Task<T> FirstAsync<T>(Func<CancellationToken, T?> look, CancellationToken cancellation) where T : class
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var working = Enumerable.Range(0, Math.Max(1, threads)).Select(_ => Task.Factory.StartNew(
            () => look(enough.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToList();
        T? first;
        try
        {
            first = await (await Task.WhenAny(working).ConfigureAwait(false)).ConfigureAwait(false);
        }
        finally
        {
            // Also where one failed: the others would work on for nobody.
            await enough.CancelAsync().ConfigureAwait(false);
            await ((Task)Task.WhenAll(working)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        cancellation.ThrowIfCancellationRequested();
        return first ?? throw new InvalidOperationException("Nobody asked to stop.");
    }

    private sealed record Found(ulong Salt, BlockHeader Header);
}
