using Market.Client.Api;
using Market.Contracts;

namespace Market.Client.Hub;

/// <summary>One instrument's book, kept here from its snapshot and changes: each must be the next, and the checksum of the best
/// levels right after it. Where one is not, a snapshot of this channel alone is asked for.</summary>
public sealed class HubBook : HubChannel
{
    private readonly BookFollower _book;
    private TaskCompletionSource _changed = NewChange();
    private MarketApiException? _refusal;
    private bool _hasEnded;
    private bool _isMissing;
    private int _snapshots;

    internal HubBook(string instrument) : base(Channels.Book(instrument), tellsWhole: false) =>
        _book = new BookFollower(instrument);

    /// <summary>The instrument.</summary>
    public string Instrument => _book.Instrument;

    /// <summary>Snapshots that were taken.</summary>
    public int Snapshots
    {
        get { lock (Gate) return _snapshots; }
    }

    /// <summary>The book as it is known now; null before the first snapshot, and while another is waited for.</summary>
    /// <param name="depth">Levels a side, the best ones.</param>
    public BookSnapshot? Look(int depth = int.MaxValue)
    {
        lock (Gate)
        {
            return IsWhole ? _book.Look(depth) : null;
        }
    }

    /// <summary>Waits until the book is in sync and beyond a change; that of <see cref="BookSnapshot.Sequence"/> that was looked at
    /// last.</summary>
    /// <param name="sequence">The change; 0 for any book.</param>
    /// <param name="depth">Levels a side.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="MarketApiException">The market refuses the channel.</exception>
    /// <exception cref="ObjectDisposedException">The client is closed.</exception>
    public async Task<BookSnapshot> AfterAsync(
        long sequence, int depth = int.MaxValue, CancellationToken cancellation = default)
    {
        BookSnapshot? found;
        while ((found = Find(sequence, depth, out var changed)) is null)
        {
            await changed.WaitAsync(cancellation).ConfigureAwait(false);
        }

        return found;
    }

    internal override void End(MarketApiException? refusal)
    {
        lock (Gate)
        {
            (_refusal, _hasEnded) = (refusal, true);
            _changed.TrySetResult();
        }
    }

    private protected override bool Tell(StreamEvent told, bool isSnapshot, bool hasGap)
    {
        if (isSnapshot)
        {
            _snapshots++;
        }

        if (!_book.Apply(told))
        {
            return false;
        }

        _isMissing = false;
        _changed.TrySetResult();
        _changed = NewChange();
        return true;
    }

    private protected override void Miss() => _isMissing = true;

    private bool IsWhole => _book.InSync && !_isMissing;

    private BookSnapshot? Find(long sequence, int depth, out Task changed)
    {
        lock (Gate)
        {
            if (_refusal is { } refusal)
            {
                throw refusal;
            }

            ObjectDisposedException.ThrowIf(_hasEnded, this);
            changed = _changed.Task;
            return IsWhole && _book.Sequence != sequence ? _book.Look(depth) : null;
        }
    }

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
