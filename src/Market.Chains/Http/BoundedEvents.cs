namespace Market.Chains.Http;

/// <summary>
/// A stream of server-sent events in which no event may be larger than so many bytes. A reader keeps an event until it
/// is whole, and whoever sends never need end it.
/// </summary>
/// <param name="inner">The stream; not disposed.</param>
/// <param name="mostBytes">The largest event, with its names and line ends.</param>
internal sealed class BoundedEvents(Stream inner, int mostBytes) : Stream
{
    private int _event;
    private int _line;
    private byte _last;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = inner.Read(buffer, offset, count);
        Count(buffer.AsSpan(offset, read));
        return read;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        Count(buffer.Span[..read]);
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    // An empty line ends an event; lines end with \n, \r or both.
    private void Count(ReadOnlySpan<byte> bytes)
    {
        foreach (var next in bytes)
        {
            _event++;
            if (next is (byte)'\n' or (byte)'\r')
            {
                var isSecondHalf = next == '\n' && _last == '\r';
                _event = _line == 0 && !isSecondHalf ? 0 : _event;
                _line = 0;
            }
            else
            {
                _line++;
            }

            _last = next;
            if (_event > mostBytes)
            {
                throw new ChainUnavailableException("The server sent an event that is too large.");
            }
        }
    }
}
