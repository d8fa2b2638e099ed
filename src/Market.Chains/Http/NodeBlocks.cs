using System.Globalization;
using Market.Bitcoin;
using Market.Sharechain;

namespace Market.Chains.Http;

/// <summary>Headers and blocks of both chains, as followers ask for them.</summary>
/// <param name="main">The mainchain.</param>
internal sealed class NodeBlocks(IMainchain main)
{
    private const int MostLocator = 64;

    /// <summary>Headers after the newest block of the locator that is on the best chain. The mainchain's are 80 bytes each; the
    /// sharechain's are a header and its proof.</summary>
    public async ValueTask<NodeAnswer> HeadersAsync(
        IChain chain, Func<string, string?> query, CancellationToken cancellation)
    {
        var locator = (query("locator") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries);
        if (locator.Length > MostLocator || !TryLimit(query("limit"), NodeHttpService.MostHeaders, out var limit))
        {
            return NodeAnswer.BadRequest($"At most {MostLocator} ids, and a limit up to {NodeHttpService.MostHeaders}.");
        }

        var from = await ForkHeightAsync(chain, locator, cancellation).ConfigureAwait(false);
        return chain.Kind == ChainKind.Mainchain
            ? await MainHeadersAsync(from, limit, cancellation).ConfigureAwait(false)
            : NodeAnswer.Bytes(NodeFrames.Join(
                (await ((ISharechain)chain).GetHeadersAsync(from, limit, NodeHttpService.MostHeaderBytes, cancellation)
                    .ConfigureAwait(false)).Select(header => header.ToArray())));
    }

    private async ValueTask<NodeAnswer> MainHeadersAsync(int after, int limit, CancellationToken cancellation)
    {
        var items = new List<byte[]>();
        for (var height = after + 1; items.Count < limit; height++)
        {
            if (await main.GetHeaderAsync(height, cancellation).ConfigureAwait(false) is not { } found)
            {
                break;
            }

            items.Add(found.Header.ToArray());
        }

        return NodeAnswer.Bytes(NodeFrames.Join(items));
    }

    /// <summary>Blocks of the best chain after one of them.</summary>
    public async ValueTask<NodeAnswer> BlocksAsync(
        IChain chain, Func<string, string?> query, CancellationToken cancellation)
    {
        if (!Hash256.TryParse(query("after"), out var after)
            || !TryLimit(query("limit"), NodeHttpService.MostBlocks, out var limit))
        {
            return NodeAnswer.BadRequest($"Give the block to begin after, and a limit up to {NodeHttpService.MostBlocks}.");
        }

        if (await HeightOnBestAsync(chain, after, cancellation).ConfigureAwait(false) is not { } from)
        {
            return NodeAnswer.NotFound("That block is not on the best chain.");
        }

        var items = new List<byte[]>();
        long bytes = 0;
        for (var height = from + 1; items.Count < limit; height++)
        {
            var id = await chain.GetBlockIdAsync(height, cancellation).ConfigureAwait(false);
            var body = id is { } known ? await BodyAsync(chain, known, cancellation).ConfigureAwait(false) : null;
            if (body is null || (items.Count > 0 && bytes + body.Length > NodeHttpService.MostBlockBytes))
            {
                break;
            }

            bytes += body.Length;
            items.Add(body);
        }

        return NodeAnswer.Bytes(NodeFrames.Join(items));
    }

    /// <summary>A block whole, by its id or by its height on the best chain: ids have 64 digits, heights ten at most.</summary>
    public async ValueTask<NodeAnswer> BlockAsync(IChain chain, string name, CancellationToken cancellation)
    {
        Hash256? id = Hash256.TryParse(name, out var named) ? named : null;
        if (id is null)
        {
            if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var height))
            {
                return NodeAnswer.BadRequest("A block's id is 64 hexadecimal digits; its height on the best chain is a number.");
            }

            id = await chain.GetBlockIdAsync(height, cancellation).ConfigureAwait(false);
        }

        return id is { } known && await BodyAsync(chain, known, cancellation).ConfigureAwait(false) is { } bytes
            ? NodeAnswer.Bytes(bytes)
            : NodeAnswer.NotFound("It is not known here.");
    }

    private async ValueTask<byte[]?> BodyAsync(IChain chain, Hash256 id, CancellationToken cancellation) =>
        chain.Kind == ChainKind.Mainchain
            ? (await main.GetFullBlockAsync(new BlockId(id), cancellation).ConfigureAwait(false))?.ToArray()
            : (await ((ISharechain)chain).GetShareAsync(new ShareId(id), cancellation).ConfigureAwait(false))?.ToArray();

    // The height of the first block named that is on the best chain; genesis where none is.
    private async ValueTask<int> ForkHeightAsync(
        IChain chain, string[] locator, CancellationToken cancellation)
    {
        foreach (var text in locator)
        {
            if (Hash256.TryParse(text, out var id)
                && await HeightOnBestAsync(chain, id, cancellation).ConfigureAwait(false) is { } height)
            {
                return height;
            }
        }

        return 0;
    }

    private async ValueTask<int?> HeightOnBestAsync(IChain chain, Hash256 id, CancellationToken cancellation) =>
        chain.Kind == ChainKind.Sharechain
            ? await ((ISharechain)chain).GetHeightAsync(new ShareId(id), cancellation).ConfigureAwait(false)
            : await main.GetHeaderAsync(new BlockId(id), cancellation).ConfigureAwait(false) is { OnBestChain: true } header
                ? header.Height
                : null;

    /// <summary>Reads how many are asked for.</summary>
    /// <param name="text">What the query says; null asks for the most.</param>
    /// <param name="most">The most.</param>
    /// <param name="limit">How many.</param>
    /// <returns>False where it is no number from 1 to the most.</returns>
    public static bool TryLimit(string? text, int most, out int limit)
    {
        limit = most;
        return text is null || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit)
            && limit >= 1 && limit <= most);
    }
}
