using System.Text;
using System.Threading.Channels;
using Market.Api.Data;
using Market.Api.Doors.Auth;
using Market.Api.Results;
using Market.Chains;
using Npgsql;
using NpgsqlTypes;

namespace Market.Api.Doors.Audit;

/// <summary>
/// Writes every refusal of the interface down, off the way of requests: a queue of a fixed size, written in batches. A refusal is
/// answered before it is on disk, and what finds no room is counted in the next row, not kept: a flood of bad requests must
/// neither slow good ones nor fill the disk.
/// </summary>
public sealed class RefusalLog(NpgsqlDataSource database, TimeProvider clock, ILogger<RefusalLog> log) : BackgroundService
{
    /// <summary>Refusals that wait to be written.</summary>
    public const int MaxWaiting = 10_000;

    /// <summary>Refusals of one write.</summary>
    public const int MaxBatch = 1_000;

    /// <summary>Refusals that are kept; the oldest go first.</summary>
    public const long MaxKept = 1_000_000;

    private const int ForgetEvery = 10_000;
    private const string NoWords = "";
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(3);

    private readonly Channel<RefusalRow> _waiting = Channel.CreateBounded<RefusalRow>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private int _dropped;
    private long _written;

    /// <summary>Takes a refusal down. Never waits and never throws.</summary>
    public void Note(HttpContext context, Refusal refusal)
    {
        ArgumentNullException.ThrowIfNull(context);
        Note(context, refusal, context.Request.Path.Value, Caller.Of(context));
    }

    /// <summary>The same of what a connection asks for after the request that opened it.</summary>
    /// <param name="context">The connection.</param>
    /// <param name="refusal">The refusal.</param>
    /// <param name="path">What was asked for.</param>
    /// <param name="caller">Who is signed in by now; null for nobody.</param>
    public void Note(HttpContext context, Refusal refusal, string? path, Caller? caller)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(refusal);
        var row = new RefusalRow
        {
            Time = clock.GetUtcNow(),
            Key = caller?.Key,
            Address = context.Connection.RemoteIpAddress?.ToString() ?? NoWords,
            Method = Cut(context.Request.Method, 16),
            Path = Cut(path ?? NoWords, RefusalRow.MaxPath),
            Code = refusal.Code,
            Detail = refusal.Detail is { } detail ? Cut(detail, RefusalRow.MaxDetail) : null,
            TraceId = Cut(context.TraceIdentifier, 64),
            Dropped = Interlocked.Exchange(ref _dropped, 0),
        };
        if (!_waiting.Writer.TryWrite(row)) Interlocked.Add(ref _dropped, row.Dropped + 1);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var batch = new List<RefusalRow>(MaxBatch);
        var supervised = log.Supervise("The log of refusals", clock);
        await supervised.RunAsync(async stop =>
        {
            while (await _waiting.Reader.WaitToReadAsync(stop))
            {
                // A little patience makes many refusals one write.
                await Task.Delay(Gather, clock, stop);
                Take(batch);
                await WriteOrDropAsync(supervised, batch, stop);
                batch.Clear();
            }
        }, stoppingToken);
        await WriteLastAsync(batch);
    }

    /// <summary>Writes a batch. One that breaks something (a bug) is counted and let go: it must keep no other from being written.
    /// </summary>
    private async Task WriteOrDropAsync(Supervised supervised, List<RefusalRow> batch, CancellationToken stop)
    {
        try
        {
            await supervised.UntilDoneAsync(cancel => WriteAsync(batch, cancel), stop);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Interlocked.Add(ref _dropped, batch.Sum(row => row.Dropped + 1));
            batch.Clear();
            throw;
        }
    }

    private void Take(List<RefusalRow> batch)
    {
        while (batch.Count < MaxBatch && _waiting.Reader.TryRead(out var row)) batch.Add(row);
    }

    /// <summary>The host stops: what waits is written once, if the database answers.</summary>
    private async Task WriteLastAsync(List<RefusalRow> batch)
    {
        using var patience = new CancellationTokenSource(LastPatience, clock);
        try
        {
            do
            {
                Take(batch);
                await WriteAsync(batch, patience.Token);
                batch.Clear();
            }
            while (_waiting.Reader.Count > 0);
        }
        catch (Exception e) when (Outage.IsOfDatabase(e) || e is OperationCanceledException)
        {
            log.LogWarning("{Count} refusals were not written down: {Reason}", batch.Count + _waiting.Reader.Count, e.Message);
        }
    }

    private async Task WriteAsync(List<RefusalRow> batch, CancellationToken stop)
    {
        if (batch.Count == 0) return;
        await using var connection = await database.OpenConnectionAsync(stop);
        await using (var copy = await connection.BeginBinaryImportAsync(
            "copy market.refusals (time, key, address, method, path, code, detail, trace_id, dropped) from stdin (format binary)",
            stop))
        {
            foreach (var row in batch)
            {
                await copy.StartRowAsync(stop);
                await copy.WriteAsync(row.Time.UtcDateTime, NpgsqlDbType.TimestampTz, stop);
                foreach (var text in (ReadOnlySpan<string?>)[row.Key, row.Address, row.Method, row.Path, row.Code, row.Detail,
                    row.TraceId])
                    Write(copy, text);
                await copy.WriteAsync(row.Dropped, NpgsqlDbType.Integer, stop);
            }
            await copy.CompleteAsync(stop);
        }
        var before = _written;
        _written += batch.Count;
        if (before == 0 || before / ForgetEvery != _written / ForgetEvery) await ForgetAsync(connection, stop);
    }

    private static void Write(NpgsqlBinaryImporter copy, string? text)
    {
        if (text is null) copy.WriteNull();
        else copy.Write(Writable(text), NpgsqlDbType.Varchar);
    }

    // Half of a pair, as what was cut may end in, is no text to the database, and neither is a zero.
    private static string Writable(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)).Replace('\0', ' ');

    private static async Task ForgetAsync(NpgsqlConnection connection, CancellationToken stop)
    {
        await using var command = new NpgsqlCommand(
            "delete from market.refusals where id <= (select max(id) from market.refusals) - $1", connection);
        command.Parameters.AddWithValue(MaxKept);
        await command.ExecuteNonQueryAsync(stop);
    }

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..length];
}
