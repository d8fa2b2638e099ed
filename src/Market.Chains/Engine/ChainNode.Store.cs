using System.Data.Common;

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

    private static bool IsOfStore(Exception error) =>
        error is IOException or UnauthorizedAccessException or DbException or InvalidDataException or TimeoutException;

    // A change that failed is not there: the chain is opened again where the store has it, and whoever offered the block
    // may offer it again. Under the write lock, so that nobody sees what is not kept.
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
        catch (Exception error) when (_core.IsBroken && IsOfStore(error))
        {
            Volatile.Write(ref _storeTrouble, $"A block could not be kept: {error.Message}");
            Reopen();
            throw new ChainUnavailableException(
                $"The block could not be kept ({error.Message}); the chain goes on at its last whole block.", error);
        }
    }

    private void Reopen()
    {
        try
        {
            _core = _core.Reopen();
        }
        catch (Exception error) when (IsOfStore(error))
        {
            throw new ChainUnavailableException($"What is kept of the chain cannot be read: {error.Message}", error);
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
        catch (Exception error) when (IsOfStore(error))
        {
            Volatile.Write(ref _storeTrouble, $"No snapshot could be kept: {error.Message}");
        }
    }
}
