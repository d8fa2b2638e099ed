using System.Runtime.CompilerServices;

namespace Market.Hashing;

/// <summary>Double hashes of many messages of different lengths, such as the transaction ids of a block.</summary>
/// <remarks>
/// Messages are sorted by how many blocks they have and laid into the lanes longest first; a lane whose message ends
/// takes the next, so that all lanes are busy until the last few messages.
/// </remarks>
public static class BatchHasher
{
    // How many messages are sorted together: bounds the room taken on the stack.
    private const int WindowSize = 1024;

    /// <summary>Writes the double hash of each message.</summary>
    /// <param name="buffer">The bytes the messages are pieces of.</param>
    /// <param name="messages">n messages.</param>
    /// <param name="hashes">At least n times 32 bytes, in the order of the messages, not overlapping the buffer.</param>
    /// <exception cref="ArgumentException">A message leaves the buffer, or too little room for the hashes.</exception>
    public static void Hash(ReadOnlySpan<byte> buffer, ReadOnlySpan<HashMessage> messages, Span<byte> hashes) =>
        Hash(buffer, messages, hashes, HashKernels.Active);

    /// <summary>The same with a kernel chosen by name.</summary>
    /// <inheritdoc cref="Hash(ReadOnlySpan{byte}, ReadOnlySpan{HashMessage}, Span{byte})"/>
    public static unsafe void Hash(
        ReadOnlySpan<byte> buffer, ReadOnlySpan<HashMessage> messages, Span<byte> hashes, HashKernel kernel)
    {
        if (hashes.Length / Sha256d.Size < messages.Length)
        {
            throw new ArgumentException("Each message's hash takes 32 bytes.", nameof(hashes));
        }

        foreach (ref readonly HashMessage message in messages)
        {
            if (!message.FitsIn(buffer.Length))
            {
                throw new ArgumentException("A message leaves the buffer.", nameof(messages));
            }
        }

        fixed (byte* input = buffer)
        fixed (byte* output = hashes)
        {
            for (int first = 0; first < messages.Length; first += WindowSize)
            {
                ReadOnlySpan<HashMessage> window = messages.Slice(first, Math.Min(WindowSize, messages.Length - first));
                HashWindow(kernel, input, window, output + (long)first * Sha256d.Size);
            }
        }
    }

    [SkipLocalsInit]
    private static unsafe void HashWindow(
        HashKernel kernel, byte* buffer, ReadOnlySpan<HashMessage> messages, byte* hashes)
    {
        // Sorted ascending and taken from the end: blocks in the upper half, the message's place in the lower.
        Span<ulong> order = stackalloc ulong[messages.Length];
        for (int i = 0; i < messages.Length; i++) order[i] = (ulong)messages[i].BlockCount << 32 | (uint)i;
        order.Sort();

        LaneBatch batch = new(kernel, buffer, messages, order, hashes);
        batch.Run();
        LaneKernels.Digests(kernel, hashes, hashes, messages.Length);
    }

    /// <summary>The lanes of one window, each at work on a message of its own.</summary>
    private unsafe ref struct LaneBatch(
        HashKernel kernel, byte* buffer, ReadOnlySpan<HashMessage> messages, ReadOnlySpan<ulong> order, byte* hashes)
    {
        private const int MaxLanes = 16;

        private readonly HashKernel _kernel = kernel;
        private readonly byte* _buffer = buffer;
        private readonly ReadOnlySpan<HashMessage> _messages = messages;
        private readonly ReadOnlySpan<ulong> _order = order;
        private readonly byte* _hashes = hashes;
        private readonly int _lanes = HashKernels.Lanes(kernel);
        private int _left = messages.Length;

        /// <summary>Writes the single hash of every message to its place.</summary>
        [SkipLocalsInit]
        public void Run()
        {
            byte* room = stackalloc byte[8 * 4 * MaxLanes + 64 * MaxLanes + 64];
            uint* state = (uint*)(((nuint)room + 63) & ~(nuint)63);
            byte* assembled = (byte*)(state + 8 * MaxLanes);
            byte** blocks = stackalloc byte*[MaxLanes];
            Lane* lanes = stackalloc Lane[MaxLanes];
            int busy = 0;
            for (int lane = 0; lane < _lanes; lane++)
            {
                blocks[lane] = assembled + 64 * lane;
                if (Take(lanes + lane, state + lane)) busy++;
            }

            // A single message left goes faster alone.
            int fewest = _lanes == 1 ? 1 : 2;
            while (busy >= fewest)
            {
                for (int lane = 0; lane < _lanes; lane++)
                {
                    Lane* at = lanes + lane;
                    if (at->IsBusy) blocks[lane] = Block(at, assembled + 64 * lane);
                }

                LaneKernels.Compress(_kernel, state, blocks);
                for (int lane = 0; lane < _lanes; lane++)
                {
                    Lane* at = lanes + lane;
                    if (!at->IsBusy || ++at->Block < at->Blocks) continue;
                    Store(at, state + lane);
                    if (!Take(at, state + lane)) busy--;
                }
            }

            for (int lane = 0; lane < _lanes; lane++)
            {
                if (lanes[lane].IsBusy) FinishAlone(lanes + lane, state + lane, assembled);
            }
        }

        private readonly byte* Block(Lane* lane, byte* room) =>
            _messages[lane->Message].Block(_buffer, lane->Block, room);

        // The next message's first block is mixed into the initial state.
        private bool Take(Lane* lane, uint* state)
        {
            lane->Block = 0;
            lane->Blocks = 0;
            if (_left == 0) return false;
            ulong next = _order[--_left];
            lane->Message = (int)(uint)next;
            lane->Blocks = (int)(next >> 32);
            for (int i = 0; i < 8; i++) state[_lanes * i] = Sha256Constants.InitialState[i];
            return true;
        }

        private readonly void Store(Lane* lane, uint* state)
        {
            uint* words = stackalloc uint[8];
            for (int i = 0; i < 8; i++) words[i] = state[_lanes * i];
            Sha256Block.Store(words, _hashes + (long)lane->Message * Sha256Hash.Size);
        }

        private readonly void FinishAlone(Lane* lane, uint* state, byte* room)
        {
            uint* words = stackalloc uint[8];
            for (int i = 0; i < 8; i++) words[i] = state[_lanes * i];
            for (; lane->Block < lane->Blocks; lane->Block++) Sha256Block.Compress(words, Block(lane, room));
            Sha256Block.Store(words, _hashes + (long)lane->Message * Sha256Hash.Size);
        }
    }

    private struct Lane
    {
        public int Message;
        public int Block;
        public int Blocks;

        public readonly bool IsBusy => Blocks > 0;
    }
}
