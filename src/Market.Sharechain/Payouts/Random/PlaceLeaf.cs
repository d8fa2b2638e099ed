namespace Market.Sharechain;

/// <summary>An output in a leaf of <see cref="PlaceIndex"/>, or the gap that one left, which weighs nothing.</summary>
/// <param name="Weight">Base units.</param>
/// <param name="Place">Its place in creation order.</param>
/// <param name="Slot">Where it is kept; <see cref="Gap"/>: it was taken out.</param>
internal record struct PlaceEntry(long Weight, int Place, int Slot)
{
    /// <summary>The slot of what was taken out.</summary>
    public const int Gap = -1;
}

/// <summary>The head of a leaf of <see cref="PlaceIndex"/>, and what is in it.</summary>
internal struct PlaceLeaf
{
    /// <summary>Most entries.</summary>
    public const int Size = 128;

    /// <summary>Room is made for a multiple of so many.</summary>
    public const int Least = 8;

    /// <summary>Ascending places; what is behind <see cref="Count"/> means nothing.</summary>
    public PlaceEntry[] Entries;

    /// <summary>Entries, gaps included; the last is none.</summary>
    public short Count;

    /// <summary>Entries that are outputs.</summary>
    public short Live;

    /// <summary>No place before it is in here, and none from the next leaf's on; 0 in the first leaf.</summary>
    public int First;

    /// <summary>Sum of all weights.</summary>
    public long Sum;

    public readonly bool IsFull => Count == Size;

    public readonly int LastPlace => Entries[Count - 1].Place;

    /// <summary>Where a place stands; the complement of where it would, where it does not.</summary>
    public readonly int IndexOf(int place)
    {
        // Were no place left out, it would stand as far behind as it is above the first; it does not stand farther.
        var (low, high) = (0, Math.Min(place - First, Count - 1));
        if (high < 0)
        {
            return ~0;
        }

        var entries = Entries.AsSpan(0, Count);
        if (entries[high].Place <= place)
        {
            return entries[high].Place == place ? high : ~(high + 1);
        }

        while (low <= high)
        {
            var middle = (low + high) / 2;
            var by = entries[middle].Place.CompareTo(place);
            if (by == 0)
            {
                return middle;
            }

            (low, high) = by < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return ~low;
    }

    public void AddUp()
    {
        Sum = 0;
        foreach (ref readonly var entry in Entries.AsSpan(0, Count))
        {
            Sum += entry.Weight;
        }
    }

    public void Insert(int index, PlaceEntry entry)
    {
        if (Count == Entries.Length)
        {
            Array.Resize(ref Entries, Math.Clamp(2 * Count, Least, Size));
        }

        Array.Copy(Entries, index, Entries, index + 1, Count - index);
        Entries[index] = entry;
        Count++;
    }

    /// <summary>An output became a gap.</summary>
    public void Left()
    {
        Live--;
        while (Count > 0 && Entries[Count - 1].Slot == PlaceEntry.Gap)
        {
            Count--;
        }

        if (Count - Live > Count / 4)
        {
            Close();
        }

        if (Entries.Length > Least && Live <= Entries.Length / 4)
        {
            Close();
            Array.Resize(ref Entries, Entries.Length / 2);
        }
    }

    /// <summary>Closes the gaps.</summary>
    public void Close()
    {
        if (Live == Count)
        {
            return;
        }

        var kept = 0;
        foreach (ref readonly var entry in Entries.AsSpan(0, Count))
        {
            if (entry.Slot != PlaceEntry.Gap)
            {
                Entries[kept++] = entry;
            }
        }

        Count = (short)kept;
    }
}
