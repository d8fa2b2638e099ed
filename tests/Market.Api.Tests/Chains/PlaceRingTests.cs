using Market.Api.Chains;

namespace Market.Api.Tests.Chains;

/// <summary>The index's memory: bounded, the newest first, and as it was once something is taken back.</summary>
public sealed class PlaceRingTests
{
    [Fact]
    public void A_key_has_its_places_newest_first_with_their_worth()
    {
        var ring = new PlaceRing(8);
        ring.Add(1, 10, 5);
        ring.Add(2, 11);
        ring.Add(1, 12, 7);
        Assert.Equal([(12, 7), (10, 5)], ring.Find(1));
        Assert.Equal([(11, 0)], ring.Find(2));
        Assert.Empty(ring.Find(3));
    }

    [Fact]
    public void The_oldest_gives_way_and_is_not_found_any_more()
    {
        var ring = new PlaceRing(4);
        for (var i = 0; i < 6; i++) ring.Add(i % 2 == 0 ? 1UL : 2UL, i);
        Assert.Equal([4, 2], ring.Find(1).Select(found => found.Place));
        Assert.Equal([5, 3], ring.Find(2).Select(found => found.Place));
        Assert.Equal((6, 2), (ring.Added, ring.Gone));
        ring.Add(3, 6);
        ring.Add(3, 7);
        ring.Add(3, 8);
        Assert.Empty(ring.Find(1));
        Assert.Equal([5], ring.Find(2).Select(found => found.Place));
    }

    [Fact]
    public void What_is_taken_back_is_as_if_it_had_never_come()
    {
        var ring = new PlaceRing(4);
        ring.Add(1, 10);
        ring.Add(2, 11);
        var before = ring.Added;
        ring.Add(1, 12);
        ring.Add(3, 13);
        ring.TakeBack(before);
        Assert.Equal([10], ring.Find(1).Select(found => found.Place));
        Assert.Empty(ring.Find(3));
        ring.Add(1, 14);
        Assert.Equal([14, 10], ring.Find(1).Select(found => found.Place));
    }

    [Fact]
    public void Whatever_is_added_and_taken_back_it_is_what_a_list_says()
    {
        const int most = 3_000;
        var random = new Random(7);
        var ring = new PlaceRing(most);
        var list = new List<(ulong Key, long Place)>();
        var gone = 0;
        for (var round = 0; round < 400; round++)
        {
            var before = list.Count;
            for (var i = random.Next(40); i > 0; i--)
            {
                var key = (ulong)random.Next(50);
                list.Add((key, random.Next()));
                ring.Add(key, list[^1].Place);
            }
            gone = Math.Max(gone, list.Count - most);
            if (random.Next(3) == 0 && before > gone)
            {
                ring.TakeBack(before);
                list.RemoveRange(before, list.Count - before);
            }
            var asked = (ulong)random.Next(50);
            Assert.Equal(
                list.Skip(gone).Where(one => one.Key == asked).Select(one => one.Place).Reverse(),
                ring.Find(asked).Select(found => found.Place));
        }
    }
}
