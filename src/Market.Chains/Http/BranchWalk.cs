using Market.Bitcoin;

namespace Market.Chains.Http;

/// <summary>A branch whose blocks are worth asking for.</summary>
/// <param name="After">The known block that it grows from.</param>
/// <param name="Ids">Its blocks, oldest first.</param>
internal sealed record WeighedBranch(Hash256 After, List<Hash256> Ids);

/// <summary>
/// Walks a server's headers from the fork upwards, and weighs them, until they are heavy enough for their blocks to be asked
/// for. What is kept meanwhile is 32 bytes a header; what is read has a bound, so that a flood of headers of little work
/// costs that and no more.
/// </summary>
/// <param name="chain">What is filled.</param>
/// <param name="client">The server.</param>
/// <param name="mostBytes">Bytes of headers that are read.</param>
internal sealed class BranchWalk(IFollowed chain, NodeClient client, long mostBytes)
{
    private const int MostAnswers = 1_000;

    private readonly List<Hash256> _ids = [];
    private IScale? _scale;
    private Hash256 _after;
    private Hash256 _last;
    private bool _isLater;

    /// <summary>Why the server is not to be believed; null where nothing is against it.</summary>
    public string? Fault { get; private set; }

    /// <summary>True where the branch came to its end and has too little work.</summary>
    public bool IsLight { get; private set; }

    /// <summary>Bytes of headers read.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Walks.</summary>
    /// <param name="tip">The server's tip, as it said.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>Null where nothing is to be asked for: see <see cref="Fault"/> and <see cref="IsLight"/>.</returns>
    public async Task<WeighedBranch?> FindAsync(Hash256 tip, CancellationToken cancellation)
    {
        var locator = chain.Locator();
        for (var answers = 0; answers < MostAnswers && BytesRead < mostBytes; answers++)
        {
            var headers = await client.HeadersAsync(locator, cancellation).ConfigureAwait(false);
            foreach (var header in headers)
            {
                BytesRead += header.Length;
                if (!_isLater && !Take(header))
                {
                    return null;
                }
            }

            if (_scale is { IsNear: true } && _ids.Count > 0)
            {
                return new WeighedBranch(_after, _ids);
            }

            if (headers.Count == 0 || _isLater || _last == tip)
            {
                IsLight = _ids.Count > 0;
                return null;
            }

            locator = [_last];
        }

        Fault = "The server sends headers of little work without end.";
        return null;
    }

    // False where the header breaks a rule.
    private bool Take(ReadOnlyMemory<byte> bytes)
    {
        if (_scale is null)
        {
            if (chain.CheckHeader(bytes) is not { } header)
            {
                Fault = "The server sent a header without work.";
                return false;
            }

            _last = header.Id;
            if (chain.Knows(header.Id))
            {
                return true;
            }

            _after = header.Parent;
            _scale = chain.Weigh(header.Parent);
        }

        var result = _scale?.Add(bytes) ?? ScaleResult.Refused;
        switch (result)
        {
            case ScaleResult.Added:
                _last = _scale!.Tip;
                _ids.Add(_last);
                return true;
            case ScaleResult.Later:
                _isLater = true;
                return true;
            default:
                Fault = "The server sent a header that breaks a rule, or out of line.";
                return false;
        }
    }
}
