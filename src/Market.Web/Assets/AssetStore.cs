using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Html;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Market.Web;

/// <summary>
/// Scripts and styles of the page, embedded in this assembly by the build and served under <c>/assets/</c>. File names
/// carry a hash of the content, so every answer may be kept forever; each exists plain, gzipped and as brotli.
/// </summary>
public sealed class AssetStore
{
    // A worker is bound by the policy that it is sent with, and not by its page's: it may compile WebAssembly, which no page may,
    // and ask nobody for anything.
    private const string WorkerPolicy = "default-src 'none'; script-src 'wasm-unsafe-eval'";
    private const string WorkerEnd = "-worker.js";
    private const string Prefix = "dist/";
    private readonly FrozenDictionary<string, Asset> byName;
    private readonly FrozenDictionary<string, Asset> byFile;

    /// <summary>Reads the assets that the build embedded.</summary>
    /// <exception cref="InvalidOperationException">The assembly was built without its client bundle.</exception>
    public AssetStore()
    {
        var assembly = typeof(AssetStore).Assembly;
        var manifest = JsonSerializer.Deserialize<Dictionary<string, ManifestEntry>>(
            Read(assembly, "manifest.json"), JsonSerializerOptions.Web)!;
        byName = manifest.ToFrozenDictionary(e => e.Key, e => Load(assembly, e.Key, e.Value), StringComparer.Ordinal);
        byFile = byName.Values.ToFrozenDictionary(a => a.File, StringComparer.Ordinal);
    }

    /// <summary>The path of an asset.</summary>
    /// <param name="name">The entry's name, for instance "icon.svg".</param>
    public string Url(string name) => "/assets/" + byName[name].File;

    /// <summary>A script element with subresource integrity.</summary>
    /// <param name="name">The entry's name, for instance "trade.js".</param>
    /// <param name="module">A deferred module; otherwise it runs at once (the theme, before the first paint).</param>
    public IHtmlContent Script(string name, bool module = true)
    {
        var tag = Element("script", name, "src");
        if (module) tag.MergeAttribute("type", "module");
        return tag;
    }

    /// <summary>A style sheet link with subresource integrity.</summary>
    /// <param name="name">The entry's name, for instance "site.css".</param>
    public IHtmlContent Style(string name)
    {
        var tag = Element("link", name, "href");
        tag.TagRenderMode = TagRenderMode.SelfClosing;
        tag.MergeAttribute("rel", "stylesheet");
        return tag;
    }

    /// <summary>Answers <c>GET /assets/{file}</c>: 404 for a name that is not in the bundle.</summary>
    internal Task Serve(HttpContext context, string file)
    {
        if (!byFile.TryGetValue(file, out var asset))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }
        var (body, encoding) = Choose(asset, context.Request.Headers.AcceptEncoding);
        var headers = context.Response.Headers;
        if (encoding is not null) headers.ContentEncoding = encoding;
        headers.Vary = HeaderNames.AcceptEncoding;
        headers.CacheControl = "public, max-age=31536000, immutable";
        headers.XContentTypeOptions = "nosniff";
        if (asset.IsWorker) headers.ContentSecurityPolicy = WorkerPolicy;
        context.Response.ContentType = asset.ContentType;
        context.Response.ContentLength = body.Length;
        return HttpMethods.IsHead(context.Request.Method)
            ? Task.CompletedTask
            : context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    private static (byte[] Body, string? Encoding) Choose(Asset asset, StringValues accept)
    {
        if (!StringWithQualityHeaderValue.TryParseList(accept, out var values)) return (asset.Plain, null);
        var wanted = values.Where(v => v.Quality is null or > 0).Select(v => v.Value.Value).ToArray();
        if (wanted.Contains("br", StringComparer.OrdinalIgnoreCase)) return (asset.Brotli, "br");
        return wanted.Contains("gzip", StringComparer.OrdinalIgnoreCase) ? (asset.Gzip, "gzip") : (asset.Plain, null);
    }

    private TagBuilder Element(string element, string name, string attribute)
    {
        var asset = byName[name];
        var tag = new TagBuilder(element);
        tag.MergeAttribute(attribute, Url(name));
        tag.MergeAttribute("integrity", asset.Integrity);
        return tag;
    }

    private static Asset Load(Assembly assembly, string name, ManifestEntry entry) => new(
        entry.File, entry.Integrity,
        Path.GetExtension(entry.File) switch
        {
            ".css" => "text/css; charset=utf-8",
            ".svg" => "image/svg+xml",
            _ => "text/javascript; charset=utf-8",
        },
        Read(assembly, entry.File), Read(assembly, entry.File + ".gz"), Read(assembly, entry.File + ".br"),
        name.EndsWith(WorkerEnd, StringComparison.Ordinal));

    private static byte[] Read(Assembly assembly, string file)
    {
        using var stream = assembly.GetManifestResourceStream(Prefix + file)
            ?? throw new InvalidOperationException(
                $"Market.Web was built without its client bundle: {file} is missing.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private sealed record ManifestEntry(string File, string Integrity);

    private sealed record Asset(
        string File, string Integrity, string ContentType, byte[] Plain, byte[] Gzip, byte[] Brotli, bool IsWorker);
}
