using Microsoft.AspNetCore.Http;

namespace Market.Api.Tests.Declared;

/// <summary>Keeps a body back until it is checked. Events go on at once, and the first of them are kept, too.</summary>
internal sealed class KeptBody(HttpResponse response, Stream further) : Stream
{
    private const int MostOfStream = 1 << 20;

    private readonly MemoryStream _kept = new();

    /// <summary>Whether it is events without end.</summary>
    public bool IsStream { get; private set; }

    public override bool CanRead => false;

    // What failed half way begins anew.
    public override bool CanSeek => !IsStream;

    public override bool CanWrite => true;

    public override long Length => _kept.Length;

    public override long Position
    {
        get => _kept.Position;
        set => _kept.Position = value;
    }

    public byte[] ToArray() => _kept.ToArray();

    public override void SetLength(long value) => _kept.SetLength(value);

    public override long Seek(long offset, SeekOrigin origin) => _kept.Seek(offset, origin);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("It is written only.");

    public override void Write(byte[] buffer, int offset, int count)
    {
        if (Streams()) throw new NotSupportedException("Events are written without waiting.");
        _kept.Write(buffer, offset, count);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!Streams() || _kept.Length + buffer.Length < MostOfStream) _kept.Write(buffer.Span);
        if (IsStream) await further.WriteAsync(buffer, cancellationToken);
    }

    public override void Flush()
    {
        // What is kept is written when it is checked.
    }

    public override Task FlushAsync(CancellationToken cancellationToken) =>
        Streams() ? further.FlushAsync(cancellationToken) : Task.CompletedTask;

    protected override void Dispose(bool disposing)
    {
        if (disposing) _kept.Dispose();
        base.Dispose(disposing);
    }

    private bool Streams() => IsStream |= response.ContentType == "text/event-stream";
}
