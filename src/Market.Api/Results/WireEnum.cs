using System.Text.Json;

namespace Market.Api.Results;

/// <summary>Closed enums in paths and queries, written as on the wire.</summary>
public static class WireEnum
{
    /// <summary>Reads exactly a wire name.</summary>
    public static bool TryParse<T>(string? text, out T value) where T : struct, Enum
    {
        foreach (var candidate in Enum.GetValues<T>())
        {
            if (Name(candidate) != text) continue;
            value = candidate;
            return true;
        }
        value = default;
        return false;
    }

    /// <summary>A value's wire name.</summary>
    public static string Name<T>(T value) where T : struct, Enum =>
        JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    /// <summary>All wire names, for a message.</summary>
    public static string Names<T>() where T : struct, Enum => string.Join(", ", Enum.GetValues<T>().Select(Name));
}
