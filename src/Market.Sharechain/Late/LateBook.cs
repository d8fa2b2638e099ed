using System.Collections.Immutable;
using Market.Bitcoin;

namespace Market.Sharechain;

/// <summary>Late work that is registered, in order of registration. Each cost the work that the row's rule asks for. Belongs to
/// a state.</summary>
internal sealed class LateBook
{
    private readonly List<LateWork> _works = [];
    private readonly HashSet<BlockId> _blocks = [];

    /// <summary>All of it.</summary>
    public IReadOnlyList<LateWork> All => _works;

    /// <summary>True where a block is registered.</summary>
    public bool Contains(BlockId block) => _blocks.Contains(block);

    /// <summary>Registers what is not registered yet.</summary>
    /// <returns>How many were.</returns>
    public int Add(ImmutableArray<LateWork> works)
    {
        var added = 0;
        foreach (var work in works)
        {
            if (_blocks.Add(work.Block))
            {
                _works.Add(work);
                added++;
            }
        }

        return added;
    }

    /// <summary>Takes the newest out.</summary>
    /// <param name="count">What <see cref="Add"/> returned.</param>
    public void TakeBack(int count)
    {
        for (; count > 0; count--)
        {
            _blocks.Remove(_works[^1].Block);
            _works.RemoveAt(_works.Count - 1);
        }
    }
}
