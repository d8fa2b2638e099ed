using Market.Trading.Internal;

namespace Market.Trading.Tests;

/// <summary>Numbers given out upwards, some of which stay for long, against a dictionary.</summary>
public sealed class IdTableTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(500)]
    [InlineData(40_000)]
    public void Finds_what_is_there_and_nothing_else(int capacity)
    {
        var random = new Random(capacity);
        var table = new IdTable(capacity);
        var plain = new Dictionary<ulong, int>();
        var old = new List<ulong>();
        ulong last = 0;
        for (var i = 0; i < 200_000; i++)
        {
            if (plain.Count < capacity && random.Next(3) > 0)
            {
                // Of others' tables, whose numbers may begin anywhere, too.
                last += (ulong)random.Next(1, 4);
                table.Add(last, i);
                plain.Add(last, i);
                old.Add(last);
            }
            else if (old.Count > 0)
            {
                // The newest mostly; the rest stay until their places in the ring were taken many times.
                var at = random.Next(10) > 0 ? old.Count - 1 : random.Next(old.Count);
                table.Remove(old[at]);
                plain.Remove(old[at]);
                old.RemoveAt(at);
            }
            var asked = (ulong)random.NextInt64((long)last + 10);
            Assert.Equal(plain.GetValueOrDefault(asked, -1), table.Find(asked));
        }
        foreach (var (key, slot) in plain) Assert.Equal(slot, table.Find(key));
        Assert.Equal(-1, table.Find(0));
    }
}
