namespace Market.Testing;

/// <summary>Holds code to allocating nothing on the heap.</summary>
public static class Allocations
{
    private const int Rounds = 40;

    /// <summary>Runs the action several times: at least one run must allocate no byte on this thread.</summary>
    public static void None(Action action)
    {
        // The first calls compile, rent and fill caches; a call that allocates does so in each.
        var least = long.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }
}
