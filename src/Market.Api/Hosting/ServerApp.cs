using Market.Api.Analytics;
using Market.Api.Chains;
using Market.Api.Data;
using Market.Api.Doors;
using Market.Api.Doors.Audit;
using Market.Api.Doors.Auth;
using Market.Api.Features.Dev;
using Market.Api.Features.Miners;
using Market.Api.Features.Sources;
using Market.Api.Features.Standing;
using Market.Api.Features.Streams;
using Market.Api.Hosting.Connections;
using Market.Api.Hosting.Metrics;
using Market.Api.Hosting.OpenApi;
using Market.Api.Hosting.Pages;
using Market.Api.Instruments;
using Market.Api.Standing;
using Market.Api.Trading;
using Market.Chains.Http;
using Market.Chains.P2PoolV2;
using Market.Chains.Stratum;
using Market.Contracts;
using Market.Web;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.AspNetCore.SignalR;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Hosting;

/// <summary>Puts the server together.</summary>
public static class ServerApp
{
    /// <summary>Builds the server; nothing runs yet.</summary>
    /// <param name="options">What it was started with.</param>
    /// <param name="connectionString">The database.</param>
    /// <param name="chains">The chains of each instrument, open; the mainchain is the same in all.</param>
    /// <param name="clock">The time.</param>
    /// <param name="adjust">Lets tests add or replace services.</param>
    /// <param name="faucet">The key of a devnet's faucet; null where there is none.</param>
    /// <param name="adjustInstrument">Lets tests add or replace parts of an instrument.</param>
    /// <param name="miners">Where miners connect, to be started, measured and told of; null where they do not.</param>
    public static WebApplication Build(
        ServerOptions options, string connectionString, IReadOnlyList<ChainPair> chains, TimeProvider clock,
        Action<IServiceCollection>? adjust = null, FaucetKey? faucet = null, Action<IServiceCollection>? adjustInstrument = null,
        StratumServer? miners = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(chains);
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            ContentRootPath = AppContext.BaseDirectory,
            ApplicationName = typeof(ServerApp).Assembly.GetName().Name,
            EnvironmentName = Environments.Production,
        });
        ConfigureHost(builder, options);
        if (faucet is not null) builder.Services.AddSingleton(new Faucet(faucet, chains[0].Main));
        AddServices(builder.Services, options, connectionString, clock);
        builder.Services.AddInstruments(chains, adjustInstrument);
        builder.Services.AddSingleton(new NodeHttpService(chains[0].Main, [.. chains.Select(pair => pair.Shares)]));
        builder.Services.AddSingleton(new MiningPort(miners));
        builder.Services.AddSingleton<FaucetGrants>();
        AddSource(builder.Services, options);
        if (miners is not null)
        {
            builder.Services.AddSingleton(miners);
            // Before the port, so that it ends after it.
            builder.Services.AddHostedService<MinedCredits>();
            builder.Services.AddHostedService<MinersPort>();
        }
        if (options.Metrics is not null) builder.Services.AddMetricsPort();
        builder.Services.AddTracing(builder.Configuration);
        adjust?.Invoke(builder.Services);
        var app = builder.Build();
        UsePipeline(app, options);
        return app;
    }

    /// <summary>Takes the database, and brings it up to date and everything that must be there before the first request.</summary>
    /// <exception cref="StartupException">The database is another server's, or not fit for this one.</exception>
    public static async Task PrepareAsync(this WebApplication app, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(app);
        await app.Services.GetRequiredService<DatabaseLock>().TakeAsync(cancel);
        await DatabaseStart.PrepareAsync(app.Services, cancel);
        await using var db = await app.Services.GetRequiredService<IDbContextFactory<MarketDb>>()
            .CreateDbContextAsync(cancel);
        var instruments = app.Services.GetRequiredService<InstrumentSet>();
        await app.Services.GetRequiredService<SeriesKeeper>().PrepareAsync(db, cancel);
        await DatabaseStart.CheckInstrumentsAsync(db, instruments.Ids, cancel);
        await app.Services.GetRequiredService<Promises>().LoadAsync(
            db, instruments.Ids, instruments.Chains.Any(chain => chain.HasSeries), cancel);
        await app.Services.GetRequiredService<Waits>().LoadAsync(db, cancel);
        await app.Services.GetRequiredService<DeadManSwitch>().LoadAsync(db, cancel);
        await app.Services.GetRequiredService<StandingHistory>().LoadAsync(db, cancel);
        await app.Services.GetRequiredService<StandingBook>().LoadAsync(db, cancel);
        foreach (var host in instruments.All.Where(host => host.Market.Series is null))
            await host.Feed.LoadAsync(db, tell: false, cancel);
    }

    /// <summary>How the server writes down what happens: also what runs before its host is there.</summary>
    public static void ConfigureLog(ILoggingBuilder log)
    {
        log.ClearProviders();
        log.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss.fff ";
        });
        log.AddFilter("Microsoft", LogLevel.Warning);
        log.AddFilter("Microsoft.EntityFrameworkCore.Database.Command", LogLevel.None);
        log.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);
        log.AddFilter("Microsoft.AspNetCore.Diagnostics.ExceptionHandlerMiddleware", LogLevel.Error);
    }

    private static void ConfigureHost(WebApplicationBuilder builder, ServerOptions options)
    {
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.UseUrls([options.Urls, .. options.Metrics is { } metrics ? [MetricsPort.UrlOf(metrics)] : (string[])[]]);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = ServerLimits.MaxBodyBytes;
            kestrel.Limits.MaxRequestHeadersTotalSize = ServerLimits.MaxHeadersRead;
            kestrel.Limits.MaxRequestLineSize = ServerLimits.MaxLineRead;
        });
        ConfigureLog(builder.Logging);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(10));
    }

    private static void AddServices(
        IServiceCollection services, ServerOptions options, string connectionString, TimeProvider clock)
    {
        services.AddSingleton(options);
        services.AddSingleton(clock);
        // The first to start is the last to stop.
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<DatabaseLock>(provider, connectionString));
        services.AddHostedService(provider => provider.GetRequiredService<DatabaseLock>());
        services.AddSingleton(new MarketNetwork(options.Network));
        services.AddSingleton(new Operator(options.Operator));
        services.AddSingleton(new ServerStart(clock.GetUtcNow()));
        services.AddConnections(options);
        services.AddHostNames();
        services.AddServiceDoor();
        services.AddSingleton<StandingView>();
        services.AddSingleton<CallCosts>();
        services.AddDatabase(connectionString);
        services.AddStanding();
        services.AddFeatures();
        services.AddSingleton<ServerSecret>();
        services.AddSingleton<SignedOut>();
        services.AddSingleton<SessionTokens>();
        services.AddSingleton<Challenges>();
        services.AddSingleton<UsedRequests>();
        services.AddSingleton<RequestSignatures>();
        services.AddSingleton<ApiKeys>();
        services.AddSingleton<ApiKeyRequests>();
        services.AddHostedService<ApiKeyKeeper>();
        services.AddSingleton<RefusalLog>();
        services.AddHostedService(provider => provider.GetRequiredService<RefusalLog>());
        services.AddSingleton<DatabasePulse>();
        services.ConfigureHttpJsonOptions(json => MarketJson.ConfigureStrict(json.SerializerOptions));
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.AddSignalR(hub =>
        {
            hub.MaximumReceiveMessageSize = ServerLimits.MaxHubMessageBytes;
            hub.EnableDetailedErrors = false;
            // A connection's calls are done one after the other, in the order in which they come: it holds one place at most.
            hub.MaximumParallelInvocationsPerClient = 1;
            hub.AddFilter<HubWeights>();
            hub.AddFilter<HubScopes>();
        }).AddJsonProtocol(json => MarketJson.Configure(json.PayloadSerializerOptions))
            .AddMessagePackProtocol(binary => binary.SerializerOptions = JsonTree.Options);
        services.AddSingleton<HubLifetimeManager<MarketHub>, HubLines>();
        services.AddResponseCompression(compression =>
        {
            compression.EnableForHttps = true;
            compression.MimeTypes =
                ["application/json", "application/problem+json", "text/html", "text/plain", Csv.Type];
            compression.Providers.Add<BrotliCompressionProvider>();
            compression.Providers.Add<GzipCompressionProvider>();
        });
        services.AddMarketOpenApi();
        services.AddSingleton<OpenApiFile>();
        if (!options.Pages) return;
        services.AddScoped<IMarketReader, MarketReader>();
        services.AddMarketWeb();
    }

    private static void AddSource(IServiceCollection services, ServerOptions options)
    {
        if (options.P2PoolV2 is { } url)
        {
            services.AddSingleton(P2PoolOptions.Of(url));
            services.AddSingleton<P2PoolWatch>();
            services.AddHostedService(provider => provider.GetRequiredService<P2PoolWatch>());
        }
        services.AddSingleton(provider => new P2PoolSource(provider.GetService<P2PoolWatch>()));
    }

    private static void UsePipeline(WebApplication app, ServerOptions options)
    {
        if (options.Metrics is { } metrics) app.UseMetricsPort(metrics);
        if (options.Proxy is not null) app.UseForwardedHeaders();
        app.UseSecurityHeaders();
        app.UseCallHeaders();
        app.UseProblemAnswers();
        app.UseHostNames(options);
        app.UseWebSockets();
        app.UseOwnPages();
        app.UseRequestSizes();
        app.UseRequestsAtOnce();
        app.UseResponseCompression();
        app.UseRouting();
        app.UseCallLimits();
        app.UseBodyLimits();
        app.UseBodyCharset();
        app.UseSignIn();
        app.UseServiceDoor();
        app.MapFeatures();
        app.MapFaucet();
        if (options.Dev) DevEndpoints.Map(app);
        app.MapMarketHub();
        app.MapGet(OpenApiSetup.Path, async (OpenApiFile file, CancellationToken cancel) =>
            Answers.TaggedJson(await file.ReadAsync(cancel))).ExcludeFromDescription();
        if (options.Pages) app.MapMarketWeb(PageWeights.Set);
        else app.MapProblems();
    }
}
