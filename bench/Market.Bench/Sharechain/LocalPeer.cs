using Market.Api.Doors.Clients;
using Market.Api.Features.Chains;
using Market.Api.Hosting;
using Market.Chains;
using Market.Chains.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Market.Bench.Sharechain;

/// <summary>A node's interface on a port of this machine: the server's own endpoints on its own web server.</summary>
internal sealed class LocalPeer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private LocalPeer(WebApplication app) => _app = app;

    public static async Task<LocalPeer> StartAsync(IMainchain main, ISharechain shares)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(new NodeHttpService(main, shares));
        builder.Services.AddFeatures();
        builder.Services.AddSingleton(new CapTable { Connections = CapTable.MostConnections });
        builder.Services.AddSingleton<StreamSlots>();
        var app = builder.Build();
        NodeEndpoint.Map(app);
        await app.StartAsync();
        return new LocalPeer(app);
    }

    public HttpClient Client() => new(new SocketsHttpHandler()) { BaseAddress = new Uri(_app.Urls.First()) };

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
