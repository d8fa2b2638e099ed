using System.Text.Json;
using System.Text.Json.Serialization;

namespace Market.Contracts;

/// <summary>How every value of the wire is written as JSON: camelCase names, closed enums as camelCase strings, absent
/// values left out, times as RFC 3339 in UTC, prices and quantities as decimal strings.</summary>
public static class MarketJson
{
    /// <summary>The deepest nesting that is read.</summary>
    public const int MaxDepth = 16;

    /// <summary>For reading what a server says: unknown members are skipped, so that newer servers can be read.</summary>
    public static JsonSerializerOptions Options { get; } = Frozen(Configure(new JsonSerializerOptions()));

    /// <summary>For reading what a stranger sends: unknown and duplicate members are refused.</summary>
    public static JsonSerializerOptions Strict { get; } = Frozen(ConfigureStrict(new JsonSerializerOptions()));

    /// <summary>Sets <paramref name="options"/> to the conventions of the wire and returns it.</summary>
    public static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.DictionaryKeyPolicy = JsonNamingPolicy.CamelCase;
        options.PropertyNameCaseInsensitive = false;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
        options.MaxDepth = MaxDepth;
        if (!options.Converters.OfType<JsonStringEnumConverter>().Any())
            options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        return options;
    }

    /// <summary>As <see cref="Configure"/>, and refuses unknown and duplicate members.</summary>
    public static JsonSerializerOptions ConfigureStrict(JsonSerializerOptions options)
    {
        Configure(options).UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.AllowDuplicateProperties = false;
        return options;
    }

    private static JsonSerializerOptions Frozen(JsonSerializerOptions options)
    {
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
