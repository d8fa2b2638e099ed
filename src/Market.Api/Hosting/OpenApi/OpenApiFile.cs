using System.Text;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Market.Api.Hosting.OpenApi;

/// <summary>The document's bytes: routes do not change while the server runs, so it is made once, by whoever asks first.</summary>
public sealed class OpenApiFile(IServiceProvider services)
{
    private readonly SemaphoreSlim _making = new(1, 1);
    private byte[]? _made;

    /// <summary>The document.</summary>
    public async Task<byte[]> ReadAsync(CancellationToken cancel)
    {
        if (Volatile.Read(ref _made) is { } made) return made;
        await _making.WaitAsync(cancel);
        try
        {
            return _made ?? await MakeAsync(cancel);
        }
        finally
        {
            _making.Release();
        }
    }

    private async Task<byte[]> MakeAsync(CancellationToken cancel)
    {
        var provider = services.GetRequiredKeyedService<IOpenApiDocumentProvider>(OpenApiSetup.DocumentName);
        var document = await provider.GetOpenApiDocumentAsync(cancel);
        using var text = new StringWriter();
        document.SerializeAs(OpenApiSpecVersion.OpenApi3_1, new OpenApiJsonWriter(text));
        var made = Encoding.UTF8.GetBytes(text.ToString());
        Volatile.Write(ref _made, made);
        return made;
    }
}
