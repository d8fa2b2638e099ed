using System.Collections.Immutable;
using System.Globalization;
using Market.Bitcoin;

namespace Market.Chains.Light;

/// <summary>
/// Reads the blocks of the best branch, from the height on from which the wallet may have coins, and finds the coins of scripts in
/// them. A script that is asked for later is looked for in the blocks whose digest may hold it, not in all.
/// </summary>
internal sealed class LightScan : IDisposable
{
    private readonly LightBlocks _blocks;
    private readonly LightMempool _mempool;
    private readonly LightOptions _options;
    private readonly Func<int, MainHeader?> _headerAt;
    private readonly DigestStore _digests;
    private readonly string? _sinceFile;
    private readonly LightIndex _index = new();
    private readonly LightJudge _judge;
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private int? _since;
    private int _read = -1;
    private string? _trouble;

    public LightScan(
        LightBlocks blocks, LightMempool mempool, LightOptions options, Func<int, MainHeader?> headerAt, string? digests,
        string? sinceFile)
    {
        (_blocks, _mempool, _options, _headerAt, _sinceFile) = (blocks, mempool, options, headerAt, sinceFile);
        _digests = new DigestStore(digests);
        _judge = new LightJudge(OutputOf);
        _since = options.Since ?? SinceIn(sinceFile);
    }

    /// <summary>Why the blocks are not all read; null where they are.</summary>
    public string? Trouble(int tip)
    {
        lock (_lock)
        {
            return _since is not null && _read >= tip
                ? null
                : $"Bitcoin's blocks are still being read: {Math.Max(_read, 0)} of {tip}. {_trouble}".TrimEnd();
        }
    }

    /// <summary>
    /// Reads what is new on the best branch; stops where no source gives a block, and goes on there the next time.
    /// </summary>
    public async Task AdvanceAsync(CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            Begin();
            while (Next() is { } header)
            {
                var block = await _blocks.FetchAsync(header.Header, cancellation).ConfigureAwait(false);
                _digests.Put(header.Header.Id.Value, BlockDigest.Of(block));
                Apply(header, block);
            }

            _trouble = null;
        }
        catch (Exception error) when (error is ChainUnavailableException or IOException or UnauthorizedAccessException)
        {
            _trouble = error.Message;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Hears that the best branch is another one above a height.</summary>
    public void Rewind(int height)
    {
        lock (_lock)
        {
            if (_read > height)
            {
                _read = height;
                _index.Rewind(height);
            }
        }
    }

    /// <summary>Throws where blocks are still unread: what is not seen yet is not told as absent.</summary>
    public ValueTask ReadyAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        lock (_lock)
        {
            return _since is not null && _headerAt(_read + 1) is null
                ? ValueTask.CompletedTask
                : throw new ChainUnavailableException($"Bitcoin's blocks are still being read ({_read} so far). {_trouble}");
        }
    }

    /// <summary>The confirmed coins of a script.</summary>
    public async ValueTask<ImmutableArray<UnspentOutput>> CoinsAsync(Script script, CancellationToken cancellation)
    {
        await ReadyAsync(cancellation).ConfigureAwait(false);
        if (!Knows(script))
        {
            await _turn.WaitAsync(cancellation).ConfigureAwait(false);
            try
            {
                await LookBackAsync(script, cancellation).ConfigureAwait(false);
            }
            finally
            {
                _turn.Release();
            }
        }

        lock (_lock)
        {
            return _index.Of(script, _read);
        }
    }

    public (Transaction Transaction, int Height)? Find(TxId id)
    {
        lock (_lock)
        {
            return _index.Find(id);
        }
    }

    public (UnspentOutput Coin, bool IsSpent)? Find(OutPoint outPoint, int tip)
    {
        lock (_lock)
        {
            return _index.Find(outPoint, tip);
        }
    }

    /// <summary>What the coins known here tell of an unconfirmed transaction's witnesses.</summary>
    public Spending Judge(Transaction transaction) => _judge.Judge(transaction);

    public void Dispose()
    {
        _digests.Dispose();
        _turn.Dispose();
    }

    private TxOut? OutputOf(OutPoint outPoint)
    {
        lock (_lock)
        {
            if (_index.Find(outPoint, 0) is { } found)
            {
                return found.Coin.Output;
            }
        }

        return _mempool.Find(outPoint.TxId) is { } waiting && outPoint.Index < waiting.Outputs.Length
            ? waiting.Outputs[(int)outPoint.Index]
            : null;
    }

    private static int? SinceIn(string? file) => file is not null && File.Exists(file)
        && int.TryParse(File.ReadAllText(file), NumberStyles.None, CultureInfo.InvariantCulture, out var kept) ? kept : null;

    private bool Knows(Script script)
    {
        lock (_lock)
        {
            return _index.Knows(script);
        }
    }

    private void Begin()
    {
        lock (_lock)
        {
            if (_since is null)
            {
                var tip = TipHeight();
                _since = tip <= LightOptions.ShortChain ? 0 : tip - LightOptions.Before;
                if (_sinceFile is not null)
                {
                    File.WriteAllText(_sinceFile, _since.Value.ToString(CultureInfo.InvariantCulture));
                }
            }

            _read = Math.Max(_read, _since.Value - 1);
        }
    }

    private int TipHeight()
    {
        var (low, high) = (0, HeaderFile.MostHeaders);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = _headerAt(middle) is null ? (low, middle - 1) : (middle, high);
        }

        return low;
    }

    // A block read in an earlier life is not fetched again where its digest holds nothing of what is looked for.
    private MainHeader? Next()
    {
        lock (_lock)
        {
            while (_headerAt(_read + 1) is { } header)
            {
                if (_read + 1 == 0 || (_digests.Find(header.Header.Id.Value) is { } digest && !_index.MayHold(digest)))
                {
                    _read++;
                    continue;
                }

                return header;
            }

            return null;
        }
    }

    private void Apply(MainHeader header, Block block)
    {
        lock (_lock)
        {
            // The branch may have changed while the block was fetched: then it is looked for anew.
            if (header.Height == _read + 1 && _headerAt(header.Height)?.Header.Id == header.Header.Id)
            {
                _index.Apply(block, header.Height);
                _mempool.Confirm(block);
                _read++;
            }
        }
    }

    // Oldest first, so that a coin is known before the block that spends it is looked at.
    private async ValueTask LookBackAsync(Script script, CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (!_index.Add(script))
            {
                return;
            }
        }

        try
        {
            for (var height = Math.Max(1, _since!.Value); height <= _read; height++)
            {
                if (_headerAt(height) is not { } header || !MayHold(header.Header.Id.Value, script))
                {
                    continue;
                }

                var block = await _blocks.FetchAsync(header.Header, cancellation).ConfigureAwait(false);
                lock (_lock)
                {
                    if (height <= _read && _headerAt(height)?.Header.Id == header.Header.Id)
                    {
                        _index.Apply(block, height);
                    }
                }
            }
        }
        catch
        {
            // Looked for only in part is not looked for.
            lock (_lock)
            {
                _index.Forget(script);
            }

            throw;
        }
    }

    private bool MayHold(Hash256 id, Script script)
    {
        lock (_lock)
        {
            return _digests.Find(id) is not { } digest || _index.MayHold(digest, script);
        }
    }
}
