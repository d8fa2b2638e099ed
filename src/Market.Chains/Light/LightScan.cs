using System.Collections.Immutable;
using System.Globalization;
using Market.Bitcoin;

namespace Market.Chains.Light;

/// <summary>
/// Reads the blocks of the best branch, from the height on from which the wallet may have coins, and finds the coins of scripts in
/// them. An old block is passed over where its filter holds no script that is looked for. A script that is asked for later is
/// looked for in the blocks whose digest or filter may hold it, not in all.
/// </summary>
internal sealed class LightScan : IDisposable
{
    private readonly LightBlocks _blocks;
    private readonly LightFilters _filters;
    private readonly LightMempool _mempool;
    private readonly LightOptions _options;
    private readonly LightFollower _headers;
    private readonly DigestStore _digests;
    private readonly string? _sinceFile;
    private readonly LightIndex _index = new();
    private readonly LightJudge _judge;
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private int? _since;
    private int _read = -1;
    private int _passed = -1;
    private string? _trouble;

    public LightScan(
        LightBlocks blocks, LightFilters filters, LightMempool mempool, LightOptions options, LightFollower headers,
        string? digests, string? sinceFile)
    {
        (_blocks, _filters, _mempool, _options, _headers, _sinceFile) = (blocks, filters, mempool, options, headers, sinceFile);
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
                : $"Bitcoin's blocks are still being read: {Math.Max(_read, 0)} of {tip}. {_trouble ?? _filters.Trouble}".TrimEnd();
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
                if (!IsTold(header) && await _filters.LoadAsync(header, cancellation).ConfigureAwait(false))
                {
                    continue;
                }

                var block = await _blocks.FetchAsync(header.Header, cancellation).ConfigureAwait(false);
                _digests.Put(header.Header.Id.Value, BlockDigest.Of(block));
                if (Apply(header, block) is { } spent && !_filters.IsTrue(header, block, spent))
                {
                    Rewind(_since!.Value - 1);
                }
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
            // A branch may have more work and fewer blocks: what was old is then among those that are read whole.
            height = _passed >= _filters.WholeFrom ? Math.Min(height, _filters.WholeFrom - 1) : height;
            _passed = Math.Min(_passed, height);
            if (_read > height)
            {
                _read = height;
                _index.Rewind(height);
            }
        }
    }

    /// <summary>Throws where blocks are still unread: what is not seen yet is not told as absent.</summary>
    public void ThrowIfUnread()
    {
        lock (_lock)
        {
            if (_since is null || _headers.HeaderAt(_read + 1) is not null)
            {
                throw new ChainUnavailableException($"Bitcoin's blocks are still being read ({_read} so far). {_trouble}");
            }
        }
    }

    /// <summary>The confirmed coins of a script.</summary>
    /// <exception cref="ChainUnavailableException">Not all blocks are read, or not all looked at for the script.</exception>
    public async ValueTask<ImmutableArray<UnspentOutput>> CoinsAsync(Script script, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        ThrowIfUnread();
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
            // Looking back takes its time: another block or branch may have come meanwhile.
            ThrowIfUnread();
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

    /// <summary>A coin as far as blocks were read; whether it is spent may be seen only by those that were not.</summary>
    public (UnspentOutput Coin, bool IsSpent)? Find(OutPoint outPoint, int tip)
    {
        lock (_lock)
        {
            return _index.Find(outPoint, tip);
        }
    }

    /// <summary>
    /// A coin, of which all blocks are known; null where its script is not looked for, or some are not looked at for it yet.
    /// </summary>
    /// <exception cref="ChainUnavailableException">Not all blocks are read.</exception>
    public (UnspentOutput Coin, bool IsSpent)? FindWhole(OutPoint outPoint, int tip)
    {
        lock (_lock)
        {
            ThrowIfUnread();
            return _index.Find(outPoint, tip) is { } found && _index.Knows(found.Coin.Output.ScriptPubKey) ? found : null;
        }
    }

    /// <summary>What the coins known here tell of an unconfirmed transaction's witnesses.</summary>
    public Spending Judge(Transaction transaction) => _judge.Judge(transaction);

    public void Dispose()
    {
        _digests.Dispose();
        _filters.Dispose();
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
                var tip = _headers.Height;
                _since = tip <= LightOptions.ShortChain ? 0 : tip - LightOptions.Before;
                if (_sinceFile is not null)
                {
                    File.WriteAllText(_sinceFile, _since.Value.ToString(CultureInfo.InvariantCulture));
                }
            }

            _read = Math.Max(_read, _since.Value - 1);
        }
    }

    // The next block that is to be read: not one whose digest, if it was read before, or whose filter holds nothing that is looked
    // for.
    private MainHeader? Next()
    {
        while (true)
        {
            lock (_lock)
            {
                if (_headers.HeaderAt(_read + 1) is not { } header)
                {
                    return null;
                }

                if (_read + 1 > 0 && MayHold(header) != false)
                {
                    return header;
                }

                _read++;
            }
        }
    }

    // Null where nothing tells. Under the lock.
    private bool? MayHold(MainHeader header)
    {
        if (_digests.Find(header.Header.Id.Value) is { } digest)
        {
            return _index.MayHold(digest);
        }

        if (_filters.Find(header) is not { } filter || filter.MayHoldAny(_index.Scripts))
        {
            return null;
        }

        _passed = Math.Max(_passed, header.Height);
        return false;
    }

    private bool IsTold(MainHeader header) =>
        _digests.Find(header.Header.Id.Value) is not null || _filters.Find(header) is not null;

    // The scripts of known coins that it spends; null where the branch changed while it was fetched, and it is looked for anew.
    private IReadOnlyList<Script>? Apply(MainHeader header, Block block)
    {
        lock (_lock)
        {
            if (header.Height != _read + 1 || _headers.HeaderAt(header.Height)?.Header.Id != header.Header.Id)
            {
                return null;
            }

            _index.Apply(block, header.Height);
            _mempool.Confirm(block);
            _read++;
            return _index.SpentBy(block);
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
                if (_headers.HeaderAt(height) is not { } header
                    || !await MayHoldAsync(header, script, cancellation).ConfigureAwait(false))
                {
                    continue;
                }

                var block = await _blocks.FetchAsync(header.Header, cancellation).ConfigureAwait(false);
                IReadOnlyList<Script> spent = [];
                lock (_lock)
                {
                    if (height <= _read && _headers.HeaderAt(height)?.Header.Id == header.Header.Id)
                    {
                        _index.Apply(block, height);
                        spent = _index.SpentBy(block);
                    }
                }

                if (!_filters.IsTrue(header, block, spent))
                {
                    Rewind(_since.Value - 1);
                    throw new ChainUnavailableException("A filter of Bitcoin's blocks was false: old blocks are read again.");
                }
            }

            lock (_lock)
            {
                _index.Finish(script);
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

    private async ValueTask<bool> MayHoldAsync(MainHeader header, Script script, CancellationToken cancellation)
    {
        if (!IsTold(header))
        {
            await _filters.LoadAsync(header, cancellation).ConfigureAwait(false);
        }

        lock (_lock)
        {
            if (_digests.Find(header.Header.Id.Value) is { } digest)
            {
                return _index.MayHold(digest, script);
            }

            if (_filters.Find(header) is not { } filter || filter.MayHold(script))
            {
                return true;
            }

            _passed = Math.Max(_passed, header.Height);
            return false;
        }
    }
}
