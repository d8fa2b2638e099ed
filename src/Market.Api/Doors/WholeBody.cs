namespace Market.Api.Doors;

/// <summary>Bodies that are read whole before anything is done for them: nothing of the server's waits for a slow sender.</summary>
public static class WholeBody
{
    /// <summary>Reads the body to its end and rewinds it. How large it may be and how slowly it may come is the route's bound, to
    /// which the connection holds it.</summary>
    /// <param name="request">The request; where its body was read before, nothing is read anew.</param>
    /// <returns>How many bytes it has.</returns>
    /// <exception cref="BadHttpRequestException">It is too large, or comes too slowly.</exception>
    public static async Task<long> ReadAsync(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!request.Body.CanSeek) await KeepAsync(request);
        return request.Body.Length;
    }

    // In memory: a file of each would take a descriptor, of which connections may leave few. Blocks, which are too large for that
    // in any number, are never read here: what is offered to a node is not signed.
    private static async Task KeepAsync(HttpRequest request)
    {
        var kept = new MemoryStream();
        request.HttpContext.Response.RegisterForDispose(kept);
        await request.Body.CopyToAsync(kept, request.HttpContext.RequestAborted);
        kept.Position = 0;
        request.Body = kept;
    }
}
