namespace Market.Api.Doors;

/// <summary>A feature's door: each feature file has one implementation, found by scanning.</summary>
public interface IEndpoint
{
    /// <summary>Adds the feature's route.</summary>
    static abstract void Map(IEndpointRouteBuilder routes);
}

/// <summary>Maps all features of this assembly.</summary>
public static class EndpointScan
{
    /// <summary>Maps every <see cref="IEndpoint"/>, in order of name.</summary>
    public static void MapFeatures(this IEndpointRouteBuilder routes)
    {
        var map = typeof(EndpointScan).GetMethod(nameof(MapOne))!;
        foreach (var type in typeof(EndpointScan).Assembly.GetTypes()
            .Where(t => t is { IsInterface: false, IsAbstract: false } && typeof(IEndpoint).IsAssignableFrom(t))
            .OrderBy(t => t.FullName, StringComparer.Ordinal))
        {
            map.MakeGenericMethod(type).Invoke(null, [routes]);
        }
    }

    /// <summary>Maps one feature.</summary>
    public static void MapOne<T>(IEndpointRouteBuilder routes) where T : IEndpoint => T.Map(routes);
}
