namespace Market.Bench.Sharechain;

/// <summary>What lives on the heap.</summary>
internal static class Heap
{
    // S1215: memory is what is measured here, and what a part leaves behind must not be collected within the next.
#pragma warning disable S1215
    /// <summary>Bytes that are in use, after everything else was collected.</summary>
    /// <param name="mode">Forced, not aggressive, where something is timed afterwards: memory given back to the system would be
    /// asked for again. Aggressive where resident memory is measured, too.</param>
    public static long Bytes(GCCollectionMode mode = GCCollectionMode.Forced)
    {
        GC.Collect(GC.MaxGeneration, mode, blocking: true, compacting: true);
        return GC.GetTotalMemory(forceFullCollection: true);
    }
#pragma warning restore S1215
}
