namespace Market.Chains.Engine;

/// <content>What a node does about a store that fails: disk full, connection lost, file gone.</content>
public abstract partial class ChainNode<TBlock>
{
    private const int SnapshotEvery = 1_000;

    private int _sinceSnapshot;
    private string? _storeTrouble;

    /// <summary>What failed last in keeping the chain, and what was done about it, for people; null where nothing did.</summary>
    public string? StoreTrouble => Volatile.Read(ref _storeTrouble);

    /// <summary>Readers of events that queues are kept for.</summary>
    internal int EventReaders => _events.ReaderCount;

    // What failed beside the writing of blocks.
    private protected void TellTrouble(string trouble) => Volatile.Write(ref _storeTrouble, trouble);

    // What is away says so itself.
    private protected void TellBug(SupervisedFailure failure)
    {
        if (!failure.IsPassing)
        {
            TellTrouble($"{failure.Words} ({failure.Error.GetType().Name}: {failure.Error.Message})");
        }
    }

    // Whatever a store throws, and it may be anything, leaves the core broken. A change that failed is not there: the chain is
    // opened again where the store has it, and whoever offered the block may offer it again. Meanwhile
    // readers see the chain as it stood before.
    private CoreResult SubmitToStore(TBlock block, bool isWeighed)
    {
        if (_core.IsBroken)
        {
            Reopen();
        }

        try
        {
            return _core.Submit(block, Now, isWeighed);
        }
        catch (Exception error) when (_core.IsBroken)
        {
            TellTrouble($"A block could not be kept: {error.Message}");
            Reopen();
            throw new ChainUnavailableException(
                $"The block could not be kept ({error.Message}); the chain goes on at its last whole block.", error);
        }
    }

    private void Reopen()
    {
        try
        {
            var next = _core.Reopen();
            next.TakeLoaded();
            var found = Difference(_core, next);
            Alone(() =>
            {
                Attach(next);
                _core = next;
                Follow(found);
            });
        }
        catch (Exception error)
        {
            TellTrouble($"What is kept of the chain cannot be read: {error.Message}");
            throw new ChainUnavailableException($"What is kept of the chain cannot be read: {error.Message}", error);
        }
    }

    // The store may have the change that it said it had not: then the tip is another.
    private static CoreResult Difference(IChainCore<TBlock> before, IChainCore<TBlock> after)
    {
        var disconnected = Above(before, after);
        var connected = Above(after, before);
        connected.Reverse();
        return new CoreResult(SubmitCode.Accepted, null, [.. disconnected], [.. connected]);

        // What is on the one's best chain and not on the other's, newest first.
        static List<MovedBlock> Above(IChainCore<TBlock> one, IChainCore<TBlock> other)
        {
            var blocks = new List<MovedBlock>();
            for (var id = one.Head.Id; other.Locate(id) is not { OnBestChain: true };)
            {
                var place = one.Locate(id)!;
                blocks.Add(new MovedBlock(place.Block, one.TransactionsOf(one.Body(id)!)));
                id = place.Parent;
            }

            return blocks;
        }
    }

    // A snapshot only spares time at the next opening: one that fails is tried again after the next block.
    private void KeepSnapshot(int every)
    {
        if (_sinceSnapshot < every || _core.IsBroken)
        {
            return;
        }

        try
        {
            _core.SaveSnapshot();
            _sinceSnapshot = 0;
        }
        catch (Exception error)
        {
            TellTrouble($"No snapshot could be kept: {error.Message}");
        }
    }
}
