using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Threading.Channels;
using Market.Bitcoin;

namespace Market.Chains.Stratum;

/// <summary>
/// The socket of one miner. What it sends is read line by line; what is sent to it waits in a queue of its own, so that one who
/// reads slowly keeps nobody waiting, and is closed.
/// </summary>
internal sealed class StratumConnection
{
    private const int MostAtOnce = 64 * 1024;
    private const int UsualRead = 1_024;
    private const int Open = -1;

    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private readonly StratumSession _session;
    private readonly IStratumHost _host;
    private readonly StratumOptions _options;
    private readonly TimeProvider _clock;
    private readonly LineBudget _budget;
    private DateTimeOffset _acceptedAt = DateTimeOffset.MinValue;
    private readonly RefusedResults _refused = new();
    private readonly Lock _turn = new();
    private readonly CancellationTokenSource _ends = new();
    private readonly Channel<byte[]> _lines = Channel.CreateUnbounded<byte[]>(new UnboundedChannelOptions { SingleReader = true });
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private long _pending;
    private int _close = Open;

    /// <param name="socket">Connected; closed with it.</param>
    /// <param name="session">What is said on it.</param>
    /// <param name="host">Whom it asks for work and tells of results.</param>
    /// <param name="options">Bounds.</param>
    /// <param name="clock">Tells the time.</param>
    public StratumConnection(
        Socket socket, StratumSession session, IStratumHost host, StratumOptions options, TimeProvider clock)
    {
        (_socket, _session, _host, _options, _clock) = (socket, session, host, options, clock);
        _stream = new NetworkStream(socket, ownsSocket: true);
        socket.Blocking = false;
        _budget = new LineBudget(clock.GetUtcNow());
    }

    /// <summary>Whom the miner works for; null before it said so.</summary>
    public Script? Miner => _session.Address?.ScriptPubKey;

    /// <summary>Of which sharechain its miner is; <see cref="StratumAddresses.NoRow"/> before it said so.</summary>
    public int Row => _session.Row;

    /// <summary>When it was first given work; null before.</summary>
    public DateTimeOffset? WorkSince => _session.WorkSince;

    /// <summary>Told once, when it is known of which sharechain its miner is; return quickly.</summary>
    public Action<int>? Joined { get; init; }

    /// <summary>Its place at the port; null where it needs none.</summary>
    public StratumPlace? Place { get; init; }

    /// <summary>The firmware's own name.</summary>
    public string Agent => _session.Agent;

    /// <summary>Workers that had a result accepted.</summary>
    public IReadOnlyCollection<string> Workers => _seen;

    /// <summary>Works until either side ends it.</summary>
    /// <returns>Why it ended.</returns>
    /// <exception cref="Exception">A bug; the connection is closed by then.</exception>
    public async Task<StratumEnd> RunAsync(CancellationToken stop)
    {
        using var ending = stop.UnsafeRegister(static state => ((StratumConnection)state!).End(StratumEnd.Stopping), this);
        var writing = WriteAsync();
        try
        {
            await ReadAsync().ConfigureAwait(false);
            End(StratumEnd.Left);
        }
        catch (Exception error) when (error is IOException or SocketException or OperationCanceledException)
        {
            End(StratumEnd.Broken);
        }
        finally
        {
            // Whatever ended it, the socket does not outlive it; what refuses it is still sent.
            End(StratumEnd.Bug);
            _lines.Writer.TryComplete();
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _stream.DisposeAsync().ConfigureAwait(false);
            _ends.Dispose();
        }

        return (StratumEnd)_close;
    }

    /// <summary>Something happens: it is told the session, and what follows is done. Never waits.</summary>
    public void Do(Func<StratumSession, StratumStep> happens)
    {
        StratumStep step;
        lock (_turn)
        {
            if (_close != Open)
            {
                return;
            }

            var row = _session.Row;
            step = happens(_session);
            if (_session.Row != row)
            {
                Joined?.Invoke(_session.Row);
            }

            if (!step.Lines.IsEmpty)
            {
                Send(step.Lines.Length == 1 ? step.Lines[0] : [.. step.Lines.SelectMany(line => line)]);
            }
        }

        if (step.Result is { } result)
        {
            _host.Took(this, result, result.Reject == StratumReject.None && _seen.Add(result.Worker));
        }

        if (step.Ask is { } ask)
        {
            _host.Answer(this, ask);
        }

        if (step.WantsWork)
        {
            _host.GiveWork(this);
        }

        if (step.Close is { } why)
        {
            End(why);
        }
    }

    // Where nothing waits the socket takes it at once: a new job goes to thousands without a thread for each.
    private void Send(byte[] lines)
    {
        var sent = 0;
        if (Interlocked.Read(ref _pending) == 0)
        {
            sent = SendNow(lines);
            if (sent == lines.Length)
            {
                return;
            }
        }

        if (Interlocked.Add(ref _pending, lines.Length - sent) > _options.MostPending)
        {
            Abort(StratumEnd.SlowReader);
            return;
        }

        _lines.Writer.TryWrite(sent == 0 ? lines : lines[sent..]);
    }

    // What it does not take, or fails at, is the writer's matter.
    private int SendNow(byte[] lines)
    {
        try
        {
            var sent = _socket.Send(lines, SocketFlags.None, out var error);
            return error == SocketError.Success ? sent : 0;
        }
        catch (ObjectDisposedException)
        {
            return 0;
        }
    }

    /// <summary>Ends it without waiting for what it did not read yet. Never waits.</summary>
    /// <param name="why">Why; where it is ended already the first reason stands.</param>
    public void Abort(StratumEnd why)
    {
        End(why);
        _socket.Close(0);
    }

    private void End(StratumEnd why)
    {
        if (Interlocked.CompareExchange(ref _close, (int)why, Open) == Open)
        {
            _lines.Writer.TryComplete();
            try
            {
                _ends.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The other side ended it meanwhile, and it is over.
            }
        }
    }

    private async Task ReadAsync()
    {
        var reader = PipeReader.Create(_stream, new StreamPipeReaderOptions(
            bufferSize: UsualRead, minimumReadSize: UsualRead / 4, leaveOpen: true, useZeroByteReads: true));
        bool isOver;
        do
        {
            var read = await reader.ReadAsync(_ends.Token).ConfigureAwait(false);
            var buffer = read.Buffer;
            var wait = TimeSpan.Zero;
            while (_close == Open && StratumLines.TryTake(ref buffer, out var line))
            {
                wait = Take(line);
            }

            if (_close == Open && StratumLines.IsTooLong(buffer))
            {
                Do(_ => StratumSession.TooLong);
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
            isOver = read.IsCompleted || _close != Open;
            if (wait > TimeSpan.Zero && !isOver)
            {
                await Task.Delay(wait, _clock, _ends.Token).ConfigureAwait(false);
            }
        }
        while (!isOver);
        await reader.CompleteAsync().ConfigureAwait(false);
    }

    private TimeSpan Take(in ReadOnlySequence<byte> line)
    {
        var now = _clock.GetUtcNow();
        var (lines, isAccepted) = (1, false);
        if (!line.IsEmpty)
        {
            var bytes = line.IsSingleSegment ? line.First : line.ToArray();
            Do(session =>
            {
                var step = session.Take(bytes.Span, now);
                if (step.Result is { } result)
                {
                    _refused.Count(result.Reject);
                    isAccepted = result.Reject == StratumReject.None;
                    lines = isAccepted ? 1 : _refused.Lines;
                    step = _refused.AreTooMany ? step with { Close = StratumEnd.RefusedResults } : step;
                }

                lines = step.Ask is not null ? LineBudget.Question : lines;
                return step;
            });
        }

        var own = _budget.Take(now, lines);
        // Of its household's lines an accepted result is none, and who mines does not wait for neighbours who only talk.
        if (isAccepted)
        {
            _acceptedAt = now;
            return own;
        }

        var isProven = now - _acceptedAt < HouseholdBudget.ProvenFor;
        return Place?.Household.Take(now, lines) is not { } household || isProven || household < own ? own : household;
    }

    // Lines that wait together are sent together.
    private async Task WriteAsync()
    {
        // Of most nothing ever waits.
        ArrayBufferWriter<byte>? buffer = null;
        try
        {
            await foreach (var first in _lines.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
            {
                buffer ??= new ArrayBufferWriter<byte>(UsualRead);
                buffer.Write(first);
                while (buffer.WrittenCount < MostAtOnce && _lines.Reader.TryRead(out var next))
                {
                    buffer.Write(next);
                }

                var sending = _stream.WriteAsync(buffer.WrittenMemory, CancellationToken.None);
                if (!sending.IsCompletedSuccessfully)
                {
                    await sending.AsTask().WaitAsync(_options.SendPatience, _clock, CancellationToken.None).ConfigureAwait(false);
                }

                Interlocked.Add(ref _pending, -buffer.WrittenCount);
                buffer.ResetWrittenCount();
            }
        }
        catch (Exception error) when (error is IOException or SocketException or TimeoutException or ObjectDisposedException)
        {
            Abort(error is TimeoutException ? StratumEnd.SlowReader : StratumEnd.Broken);
        }
    }
}
