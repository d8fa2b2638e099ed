namespace Market.Sharechain.Tests;

/// <summary>The packed index and table against plain lists.</summary>
public sealed class PlaceIndexTests
{
    [Theory]
    [InlineData(1, 30)]
    [InlineData(2, 50)]
    [InlineData(3, 70)]
    [InlineData(4, 97)]
    public void Holds_what_a_sorted_list_holds(int seed, int removals)
    {
        var random = new Random(seed);
        var index = new PlaceIndex();
        var plain = new SortedDictionary<int, (int Slot, long Weight)>();
        var gone = new List<int>();
        var next = 0;
        for (var round = 0; round < 20_000; round++)
        {
            var (place, slot, weight) = (next, random.Next(), random.Next(3) == 0 ? 0 : random.NextInt64(1_000));
            if (round > 4_000 && plain.Count > 0 && random.Next(100) < removals)
            {
                place = plain.Keys.ElementAt(random.Next(Math.Min(plain.Count, 500)));
                index.Remove(place);
                plain.Remove(place);
                gone.Add(place);
            }
            else
            {
                // Some come back to where they were.
                if (gone.Count > 0 && random.Next(3) == 0)
                {
                    place = gone[^1];
                    gone.RemoveAt(gone.Count - 1);
                }
                else
                {
                    next += random.Next(1, 4);
                }

                index.Insert(place, slot, weight);
                plain.Add(place, (slot, weight));
                index.Add(place, 7);
                index.Move(place, slot ^ 1);
                plain[place] = (slot ^ 1, weight + 7);
            }

            if (round % 997 == 0)
            {
                Same(index, plain, random);
            }
        }

        Same(index, plain, random);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(20)]
    public void A_full_leaf_takes_another_between_its_own_with_gaps_or_without(int gaps)
    {
        var index = new PlaceIndex();
        var plain = new SortedDictionary<int, (int Slot, long Weight)>();
        for (var i = 0; i < 3 * PlaceLeaf.Size; i++)
        {
            index.Insert(2 * i, i, i);
            plain.Add(2 * i, (i, i));
        }

        for (var i = 0; i < gaps; i++)
        {
            index.Remove(2 * (PlaceLeaf.Size + 3 * i));
            plain.Remove(2 * (PlaceLeaf.Size + 3 * i));
        }

        var random = new Random(gaps);
        for (var i = 0; i < PlaceLeaf.Size; i++)
        {
            var place = 2 * (PlaceLeaf.Size + i) + 1;
            index.Insert(place, -2 - i, 5);
            plain.Add(place, (-2 - i, 5));
            Same(index, plain, random);
        }

        foreach (var place in plain.Keys)
        {
            index.Remove(place);
        }

        Assert.Equal((0, 0, 0L), (index.Count, index.Leaves, index.Total));
    }

    [Fact]
    public void Says_what_is_not_there()
    {
        var index = new PlaceIndex();
        Assert.Throws<InvalidOperationException>(() => index.SlotOf(1));
        index.Insert(1, 5, 9);
        Assert.Throws<InvalidOperationException>(() => index.Insert(1, 6, 9));
        Assert.Throws<InvalidOperationException>(() => index.Remove(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => index.Find(9));
        index.Remove(1);
        Assert.Equal((0, 0L), (index.Count, index.Total));
    }

    private static void Same(PlaceIndex index, SortedDictionary<int, (int Slot, long Weight)> plain, Random random)
    {
        Assert.Equal(plain.Count, index.Count);
        Assert.Equal(plain.Values.Sum(each => each.Weight), index.Total);
        Assert.Equal(plain.Values.Select(each => each.Slot), index.Slots);
        if (plain.Count == 0)
        {
            return;
        }

        var place = plain.Keys.ElementAt(random.Next(plain.Count));
        Assert.Equal(plain[place].Slot, index.SlotOf(place));
        var unit = random.NextInt64(index.Total);
        var left = unit;
        foreach (var (slot, weight) in plain.Values)
        {
            if (left < weight)
            {
                Assert.Equal(slot, index.Find(unit));
                break;
            }

            left -= weight;
        }
    }
}
