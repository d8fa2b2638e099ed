using Market.Bitcoin;
using Market.Chains.Light;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Light;

/// <summary>Filters are kept as they were agreed on, within a bound, or not at all.</summary>
public sealed class FilterStoreTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string File => _folder["filters"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_was_kept_is_there_after_a_restart_and_a_torn_end_is_not()
    {
        var filters = Enumerable.Range(0, 3).Select(Filter).ToList();
        Keep(filters);
        using (var stream = System.IO.File.OpenWrite(File))
        {
            stream.SetLength(stream.Length - 1);
        }

        using var store = new FilterStore(File);
        Assert.Equal(filters[0].Bytes, store.Find(filters[0].Block)!.Bytes);
        Assert.Equal(filters[1].Bytes, store.Find(filters[1].Block)!.Bytes);
        Assert.Null(store.Find(filters[2].Block));
        store.Put([filters[2]]);
        Assert.Equal(filters[2].Bytes, store.Find(filters[2].Block)!.Bytes);
    }

    [Fact]
    public void A_filter_of_which_a_bit_fell_over_is_none_and_is_kept_anew()
    {
        var filter = Filter(0);
        Keep([filter]);
        var bytes = System.IO.File.ReadAllBytes(File);

        // Its first number, so that it still is a filter, of another script.
        bytes[^2] ^= 0x10;
        System.IO.File.WriteAllBytes(File, bytes);
        Assert.True(CompactFilter.TryParse(filter.Block, bytes.AsMemory(bytes.Length - filter.Bytes.Length), out _, out _));

        using var store = new FilterStore(File);
        Assert.Null(store.Find(filter.Block));
        store.Put([filter]);
        Assert.Equal(filter.Bytes, store.Find(filter.Block)!.Bytes);
    }

    [Fact]
    public void Where_it_is_full_the_first_ones_stay_and_all_can_be_forgotten()
    {
        var filters = Enumerable.Range(0, 10).Select(Filter).ToList();
        using (var store = new FilterStore(File, mostBytes: 4 * (68 + filters[0].Bytes.Length)))
        {
            store.Put(filters);
            Assert.Equal(4, filters.Count(filter => store.Find(filter.Block) is not null));
            Assert.NotNull(store.Find(filters[3].Block));
            Assert.InRange(new FileInfo(File).Length, 1, 4 * (68 + filters[0].Bytes.Length));
            store.Clear();
            Assert.Null(store.Find(filters[0].Block));
        }

        using var again = new FilterStore(File);
        Assert.Null(again.Find(filters[0].Block));
    }

    private static CompactFilter Filter(int number)
    {
        var block = FakeLine.Of(1, null, number)[0];
        return CompactFilter.Of(block, [Coins.Owner(number)]);
    }

    private void Keep(IEnumerable<CompactFilter> filters)
    {
        using var store = new FilterStore(File);
        store.Put(filters);
    }
}
