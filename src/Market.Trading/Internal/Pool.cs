namespace Market.Trading.Internal;

/// <summary>Memory of a book.</summary>
internal static class Pool
{
    /// <summary>
    /// Zeroed memory that is really there: an array as the runtime gives it out has its pages fetched by whoever touches them
    /// first, which were the commands of a young book.
    /// </summary>
    public static T[] Of<T>(int length) where T : unmanaged
    {
        var array = GC.AllocateUninitializedArray<T>(length);
        Array.Clear(array);
        return array;
    }
}
