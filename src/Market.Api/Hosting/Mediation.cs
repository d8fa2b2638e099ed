using FluentValidation;
using FluentValidation.Results;
using Market.Api.Doors;
using Market.Api.Results;
using Market.Contracts;
using MediatR;

namespace Market.Api.Hosting;

/// <summary>Registers handlers and validators by scanning this assembly.</summary>
public static class Mediation
{
    /// <summary>Adds MediatR with every handler, every validator, and the behaviours that stand around handlers.</summary>
    public static IServiceCollection AddFeatures(this IServiceCollection services)
    {
        services.AddScoped<ServiceFactory>(provider => provider.GetRequiredService);
        services.AddScoped<IMediator, Mediator>();
        foreach (var type in typeof(Mediation).Assembly.GetTypes().Where(t => t is { IsAbstract: false, IsClass: true }))
        {
            foreach (var face in type.GetInterfaces().Where(i => i.IsGenericType))
            {
                var shape = face.GetGenericTypeDefinition();
                if (shape == typeof(IRequestHandler<,>)) services.AddScoped(face, type);
                if (shape == typeof(IValidator<>) && !type.ContainsGenericParameters) services.AddSingleton(face, type);
            }
        }
        // The first stands outermost.
        services.AddScoped(typeof(IPipelineBehavior<,>), typeof(Availability<,>));
        services.AddScoped(typeof(IPipelineBehavior<,>), typeof(Validation<,>));
        return services;
    }
}

/// <summary>Runs a request's validators before its handler; what they find is a refusal.</summary>
/// <typeparam name="TRequest">The request.</typeparam>
/// <typeparam name="TResponse">Its result.</typeparam>
public sealed class Validation<TRequest, TResponse>(IEnumerable<IValidator<TRequest>> validators)
    : IPipelineBehavior<TRequest, TResponse> where TResponse : IRefusable<TResponse>
{
    /// <inheritdoc/>
    public async Task<TResponse> Handle(
        TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        ArgumentNullException.ThrowIfNull(next);
        List<ValidationFailure>? failures = null;
        foreach (var validator in validators)
        {
            if (validator.Validate(request).Errors is { Count: > 0 } found) (failures ??= []).AddRange(found);
        }
        if (failures is null) return await next();
        var errors = failures.GroupBy(e => JsonPath(e.PropertyName))
            .ToDictionary(g => g.Key, g => g.Select(e => e.ErrorMessage).Distinct().ToArray());
        var first = errors.First();
        return TResponse.From(new Refusal(
            ProblemCodes.ValidationFailed, $"{first.Key}: {first.Value[0]}", errors));
    }

    /// <summary>"Body.Outpoints[0].PublicKey" becomes "outpoints[0].publicKey".</summary>
    private static string JsonPath(string name) => string.Join('.', name.Split('.')
        .Where((part, i) => i > 0 || part != "Body")
        .Select(part => part.Length == 0 ? part : char.ToLowerInvariant(part[0]) + part[1..]));
}

/// <summary>Tells what is away as a refusal, whatever was asked. What is no outage is a bug, and stays an exception.</summary>
/// <typeparam name="TRequest">The request.</typeparam>
/// <typeparam name="TResponse">Its result.</typeparam>
public sealed partial class Availability<TRequest, TResponse>(ILogger<Availability<TRequest, TResponse>> log)
    : IPipelineBehavior<TRequest, TResponse> where TResponse : IRefusable<TResponse>
{
    /// <inheritdoc/>
    public async Task<TResponse> Handle(
        TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        ArgumentNullException.ThrowIfNull(next);
        try
        {
            return await next();
        }
        catch (Exception e) when (Outages.Of(e) is { } refusal)
        {
            Away(log, typeof(TRequest).Name, e.Message);
            return TResponse.From(refusal);
        }
    }

    [LoggerMessage(LogLevel.Warning, "{request} was refused since something is away: {reason}")]
    private static partial void Away(ILogger log, string request, string reason);
}
