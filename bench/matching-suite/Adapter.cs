using System.Runtime.InteropServices;
using Market.Trading;

namespace Market.MatchingSuite;

/// <summary>
/// What shim.cpp calls: the C interface of the public suite of matching engines (flash1-dev/matching-engine-benchmark,
/// api/matching_engine_api.h).
/// </summary>
public static unsafe class Adapter
{
    private const int WarmingOrders = 400_000;
    private static Session? _session;

    /// <summary>
    /// A new book. The first one comes after another has run for a second, so that the runtime has compiled it for good.
    /// </summary>
    /// <param name="queue">Where reports go.</param>
    [UnmanagedCallersOnly]
    public static void Init(ReportQueue* queue)
    {
        if (_session is null) Warm();
        _session = new Session(queue);
    }

    /// <summary>Lets go of the book: an empty one stands in its place, at the same queue.</summary>
    [UnmanagedCallersOnly]
    public static void Shutdown() => _session = new Session(_session!.Queue);

    /// <summary>A run of messages, one after the other.</summary>
    [UnmanagedCallersOnly]
    public static void OnBatch(TaggedMessage* messages, uint count) => _session!.Run(messages, count);

    /// <summary>The highest bid or lowest ask.</summary>
    [UnmanagedCallersOnly]
    public static long Best(int side)
    {
        var book = _session!.Book;
        return book.LevelCount((Side)side) > 0 ? book.Best((Side)side).Price - Session.Offset
            : side == 0 ? long.MinValue : long.MaxValue;
    }

    /// <summary>What rests at a price.</summary>
    [UnmanagedCallersOnly]
    public static ulong Depth(long price, int side) =>
        (ulong)_session!.Book.LevelAt((Side)side, price + Session.Offset).Quantity;

    // Orders around a price, nine of ten taken back, some moved and some immediate: no stream of the suite, but of its kind.
    private static void Warm()
    {
        var random = new Random(1);
        for (var round = 0; round < 4; round++)
        {
            var queue = ReportQueue.Make(1 << 22);
            var session = new Session(queue);
            var live = new Queue<ulong>();
            for (ulong id = 1; id <= WarmingOrders; id++)
            {
                TaggedMessage message = default;
                message.New = new NewOrder
                {
                    Id = id,
                    Sequence = id,
                    Price = 30_000 + (long)(random.NextDouble() * random.NextDouble() * 60) * (id % 2 == 0 ? -1 : 1),
                    Quantity = (uint)random.Next(1, 100),
                    Side = (byte)(id % 2),
                    Ioc = random.Next(7) == 0 ? (byte)1 : (byte)0,
                };
                session.Run(&message, 1);
                live.Enqueue(id);
                if (live.Count < 2_000) continue;
                message = default;
                message.Type = random.Next(5) == 0 ? (byte)2 : (byte)1;
                message.Modify = new ModifyOrder
                {
                    Id = live.Dequeue(),
                    Sequence = id,
                    Price = 30_000 + random.Next(-9, 9),
                    Quantity = 7,
                };
                session.Run(&message, 1);
            }
            ReportQueue.Free(queue);
        }
    }
}
