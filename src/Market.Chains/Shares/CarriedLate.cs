using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Sharechain;

namespace Market.Chains.Shares;

/// <summary>Late work that the sharebases of a node's templates carry until it is registered. Bounded: each cost the work that the
/// row's rule asks for. Safe for several threads.</summary>
internal sealed class CarriedLate
{
    /// <summary>Remembered at most; the oldest goes first.</summary>
    public const int Most = 16;

    private readonly Lock _lock = new();
    private readonly OrderedDictionary<BlockId, (LateRegistration Late, int Until)> _works = [];

    /// <summary>Remembers late work, found good.</summary>
    /// <param name="late">What is registered.</param>
    /// <param name="until">The height of the last mainchain block from which it may be.</param>
    public void Add(LateRegistration late, int until)
    {
        lock (_lock)
        {
            _works[late.Header.Id] = (late, until);
            if (_works.Count > Most)
            {
                _works.RemoveAt(0);
            }
        }
    }

    /// <summary>What the next share is to carry.</summary>
    /// <param name="state">The state at the tip.</param>
    /// <param name="mainHeight">Height of the mainchain block that it builds on.</param>
    public ImmutableArray<LateRegistration> Wanted(SharechainState state, int mainHeight)
    {
        lock (_lock)
        {
            foreach (var (id, work) in _works.ToList())
            {
                if (work.Until < mainHeight)
                {
                    _works.Remove(id);
                }
            }

            return [.. _works.Where(work => !state.IsRegistered(work.Key)).Select(work => work.Value.Late)];
        }
    }
}
