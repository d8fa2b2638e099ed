using System.Runtime.CompilerServices;

namespace Market.Hashing;

/// <summary>Messages on their way through the lanes of a kernel, each lane at work on one of its own.</summary>
/// <param name="kernel">The kernel.</param>
/// <param name="buffer">What the messages are pieces of.</param>
/// <param name="messages">The messages.</param>
/// <param name="order">Their places in the order to take them, longest first.</param>
/// <param name="hashes">Room for a hash of 32 bytes for each message, in the messages' own order.</param>
internal unsafe ref struct LaneBatch(
    HashKernel kernel, byte* buffer, ReadOnlySpan<HashMessage> messages, ushort* order, byte* hashes)
{
    private const int MaxLanes = 16;

    private readonly HashKernel _kernel = kernel;
    private readonly byte* _buffer = buffer;
    private readonly ReadOnlySpan<HashMessage> _messages = messages;
    private readonly ushort* _order = order;
    private readonly byte* _hashes = hashes;
    private readonly int _lanes = HashKernels.Lanes(kernel);
    private uint* _state;
    private byte* _rooms;
    private byte** _blocks;
    private Lane* _lane;
    private int _taken;
    private int _busy;

    /// <summary>Writes the single hash of every message to its place.</summary>
    [SkipLocalsInit]
    public void Run()
    {
        byte* room = stackalloc byte[8 * 4 * MaxLanes + 64 * MaxLanes + 64];
        byte** blocks = stackalloc byte*[MaxLanes];
        Lane* lanes = stackalloc Lane[MaxLanes];
        _state = (uint*)(((nuint)room + 63) & ~(nuint)63);
        _rooms = (byte*)(_state + 8 * MaxLanes);
        _blocks = blocks;
        _lane = lanes;
        for (int i = 0; i < _lanes; i++)
        {
            blocks[i] = _rooms + 64 * i;
            Take(i);
        }

        // The last message goes faster alone.
        int fewest = _lanes == 1 ? 1 : 2;
        while (_busy >= fewest)
        {
            int steps = FindBlocks();
            LaneKernels.Compress(_kernel, _state, blocks, steps);
            for (int i = 0; i < _lanes; i++)
            {
                lanes[i].Block += steps;
                if (lanes[i].Block != lanes[i].Blocks) continue;
                Store(i);
                _busy--;
                Take(i);
            }
        }

        for (int i = 0; i < _lanes; i++)
        {
            if (lanes[i].IsBusy) FinishAlone(i);
        }
    }

    // Points each lane at its next block; returns how many blocks can be taken from there in all lanes.
    private readonly int FindBlocks()
    {
        int steps = int.MaxValue;
        byte* any = null;
        for (int i = 0; i < _lanes; i++)
        {
            if (!_lane[i].IsBusy) continue;
            steps = Math.Min(steps, FindBlock(i));
            any = _blocks[i];
        }

        // Lanes without a message go along with another's.
        for (int i = 0; _busy < _lanes && i < _lanes; i++)
        {
            if (!_lane[i].IsBusy) _blocks[i] = any;
        }

        return steps;
    }

    // Blocks that are whole in the buffer are read where they are, others are put together first.
    private readonly int FindBlock(int i)
    {
        Lane* lane = _lane + i;
        int direct = lane->DirectEnd - lane->Block;
        if (direct > 0 && lane->Block >= lane->DirectStart)
        {
            _blocks[i] = lane->Direct + 64L * lane->Block;
            return direct;
        }

        byte* room = _rooms + 64 * i;
        _messages[lane->Message].Assemble(_buffer, lane->Block, room);
        _blocks[i] = room;
        return 1;
    }

    // Gives a lane the next message, if any is left.
    private void Take(int i)
    {
        Lane* lane = _lane + i;
        lane->Blocks = 0;
        lane->Block = 1;
        if (_taken == _messages.Length) return;
        _busy++;
        lane->Message = _order[_taken++];
        ref readonly HashMessage message = ref _messages[lane->Message];
        lane->Block = 0;
        lane->Blocks = message.BlockCount;
        lane->DirectStart = (message.HeadLength + 63) / 64;
        lane->DirectEnd = (message.HeadLength + message.BodyLength) / 64;
        lane->Direct = _buffer + message.BodyStart - message.HeadLength;
        if (message.BodyLength == 0)
        {
            lane->DirectStart = 0;
            lane->DirectEnd = message.HeadLength / 64;
            lane->Direct = _buffer + message.HeadStart;
        }

        for (int word = 0; word < 8; word++) _state[_lanes * word + i] = Sha256Constants.InitialState[word];
    }

    private readonly void Store(int i)
    {
        uint* words = stackalloc uint[8];
        for (int word = 0; word < 8; word++) words[word] = _state[_lanes * word + i];
        Sha256Block.Store(words, _hashes + (long)_lane[i].Message * Sha256Hash.Size);
    }

    private readonly void FinishAlone(int i)
    {
        uint* words = stackalloc uint[8];
        for (int word = 0; word < 8; word++) words[word] = _state[_lanes * word + i];
        for (; _lane[i].Block < _lane[i].Blocks; _lane[i].Block++)
        {
            FindBlock(i);
            Sha256Block.Compress(words, _blocks[i]);
        }

        Sha256Block.Store(words, _hashes + (long)_lane[i].Message * Sha256Hash.Size);
    }

    private struct Lane
    {
        /// <summary>The message's place.</summary>
        public int Message;

        /// <summary>Its next block, and how many it has; 0 when the lane has no message.</summary>
        public int Block;
        public int Blocks;

        /// <summary>The blocks that lie whole in the buffer, the first of them DirectStart, at Direct + 64 * block.</summary>
        public int DirectStart;
        public int DirectEnd;
        public byte* Direct;

        public readonly bool IsBusy => Blocks > 0;
    }
}
